"""Score: a replay held against the truth of its season.

Every fire that should have been shown and was not is listed with what silenced it. The scores
say what the rules do; they are never a condition for showing something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.season.replay import Replay
from jdzfire.triage import ASKING_VERDICTS

__all__ = ["Score", "score_proposals", "score_replay"]

_POLAR = ("VIIRS", "MODIS")


@dataclass(frozen=True)
class Score:
    """How a season was handled."""

    counts: dict[str, int]
    """What was counted, by name."""
    rates: dict[str, float | None]
    """Shares [0-1] and delays, by name; null where nothing was there to count."""
    missed: pd.DataFrame
    """Fires that should have been shown at their first hotspot and were not: fire_id, kind,
    fault, verdict then, explained_by, delay_h until shown (null: never)."""

    plain: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The plain rules on the same season, by rule."""
    proposals: dict[str, int] = field(default_factory=dict)
    """Heat sources proposed at the end: ``proposed``, ``right``, ``wanted``, ``found``."""

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        missed = self.missed.astype(object).where(self.missed.notna(), None)
        return {
            "counts": self.counts,
            "rates": self.rates,
            "missed": missed.to_dict("records"),
            "plain": self.plain,
            "proposals": self.proposals,
        }

    def text(self) -> str:
        """Lines for people."""
        lines = [f"{name}: {value}" for name, value in self.counts.items()]
        for name, value in self.rates.items():
            lines.append(f"{name}: {'-' if value is None else f'{value:.4g}'}")
        for rule, told in self.plain.items():
            lines.append(f"plain rule ({rule}): " + ", ".join(f"{k} {v}" for k, v in told.items()))
        lines += [f"heat sources {name}: {value}" for name, value in self.proposals.items()]
        for row in self.missed.to_dict("records"):
            lines.append("not shown at once: " + ", ".join(f"{k}={v}" for k, v in row.items()))
        return "\n".join(lines)


def score_replay(replay: Replay, hotspots: pd.DataFrame, fires: pd.DataFrame) -> Score:
    """Hold a replay against the truth.

    A fire that must be shown is a wildfire, or a burn that broke its permit, of which a polar
    orbiter gave at least one hotspot. It is shown at once when an event of it was unresolved, a
    violation, or explained only provisionally, by the cycle in which its first such hotspot
    arrived.

    Parameters
    ----------
    replay : Replay
    hotspots : DataFrame
        Truth of each hotspot by ``hotspot_id``: instrument, origin (fire, heat_source, glint),
        fire_id, source_id, is_registered (of the source).
    fires : DataFrame
        Truth of each fire by ``fire_id``: kind, fault, in_forest, is_handled.

    Returns
    -------
    Score
    """
    first = replay.arrivals.merge(hotspots, on="hotspot_id", how="left")
    polar = first[first["instrument"].isin(_POLAR)]
    of_fire = polar[polar["fire_id"].notna()].merge(fires, on="fire_id", how="left")
    must = (of_fire["kind"] == "wildfire") | (
        (of_fire["kind"] == "burn") & of_fire["fault"].notna()
    )
    to_show = _first_looks(of_fire[must], first, replay)
    late = to_show[~to_show["is_at_once"]]
    is_compliant = (of_fire["kind"] == "burn") & of_fire["fault"].isna()
    burns = of_fire[is_compliant]
    farm = of_fire[(of_fire["kind"] == "farm_fire") & ~of_fire["in_forest"].fillna(False)]
    known = polar[(polar["origin"] == "heat_source") & polar["is_registered"].fillna(False)]
    faulty = to_show[to_show["kind"] == "burn"]
    asking = replay.judged[replay.judged["verdict"].isin(ASKING_VERDICTS)]
    shown = asking.drop_duplicates("event_id")
    per_day = shown.groupby(shown["cycle_at"].dt.tz_convert("Asia/Shanghai").dt.date).size()
    provisional = replay.judged[replay.judged["is_provisional"].eq(True)]
    is_own = (late["kind"] == "burn") & (late["explained_by"] == late["permit_id"])
    counts = {
        "cycles": replay.cycles,
        "hotspots": len(first),
        "events": int(replay.standing.events["merged_into"].isna().sum()),
        "events_ever_asking": len(shown),
        "events_ever_provisional": int(provisional["event_id"].nunique()),
        "fires_to_show": len(to_show),
        "fires_shown_at_once": int(to_show["is_at_once"].sum()),
        "fires_shown_later": int(late["delay_h"].notna().sum()),
        "fires_never_shown": int(late["delay_h"].isna().sum()),
        "silenced_by_own_permit": int(is_own.sum()),
        "silenced_otherwise": int((~is_own).sum()),
        "wildfires_never_shown": int((late["delay_h"].isna() & (late["kind"] == "wildfire")).sum()),
        "burns_compliant_seen": int(burns["fire_id"].nunique()),
        "burns_broken_seen": len(faulty),
        "farm_fires_outside_seen": int(farm["fire_id"].nunique()),
        "heat_source_hotspots": len(known),
    }
    rates = {
        "shown_at_once": _mean(to_show["is_at_once"]),
        "delay_h_of_later_mean": _mean(late["delay_h"].dropna()),
        "burns_explained": _mean(_never_asking(burns)),
        "burns_explained_for_certain": _mean(_ever_certain(burns, replay)),
        "violations_called_violation": _mean(_ever(faulty["fire_id"], of_fire, replay)),
        "heat_source_hotspots_explained": _mean(known["verdict"] == "heat_source"),
        "farm_fires_outside_explained": _mean(_never_asking(farm)),
        "new_unresolved_per_day_mean": _mean(per_day),
        "new_unresolved_per_day_max": float(per_day.max()) if len(per_day) else None,
    }
    columns = ["fire_id", "kind", "fault", "verdict", "explained_by", "delay_h"]
    return Score(counts, rates, late[columns].reset_index(drop=True))


def score_proposals(
    proposals: pd.DataFrame, sources: pd.DataFrame, *, near_m: float = 700.0
) -> dict[str, int]:
    """Proposed heat sources held against the true ones.

    Parameters
    ----------
    proposals : DataFrame [PROPOSALS]
    sources : DataFrame
        Truth: lon, lat, is_registered.
    near_m : float [m]
        A proposal this near to a source means it: about the width of a footprint.

    Returns
    -------
    dict of int
        ``proposed``; ``right`` of them at a true source; ``wanted`` sources nobody registered;
        ``found`` of them proposed.
    """
    wanted = sources[~sources["is_registered"]]

    def is_near(one: pd.DataFrame, other: pd.DataFrame) -> Any:
        lat = np.radians(one["lat"].to_numpy()[:, None])
        east = (one["lon"].to_numpy()[:, None] - other["lon"].to_numpy()) * np.cos(lat)
        north = one["lat"].to_numpy()[:, None] - other["lat"].to_numpy()
        return (np.hypot(east, north) * 111_195.0 <= near_m).any(axis=1)

    return {
        "proposed": len(proposals),
        "right": int(is_near(proposals, sources).sum()),
        "wanted": len(wanted),
        "found": int(is_near(wanted, proposals).sum()),
    }


def _mean(values: pd.Series) -> float | None:
    return float(values.astype(float).mean()) if len(values) else None


def _never_asking(rows: pd.DataFrame) -> pd.Series:
    """By fire: whether no hotspot of it arrived into an event that asked for a person."""
    asks = rows["verdict"].isin(ASKING_VERDICTS)
    quiet: pd.Series = ~asks.groupby(rows["fire_id"]).any()
    return quiet


def _ever_certain(rows: pd.DataFrame, replay: Replay) -> pd.Series:
    """By fire: whether an event of it was ever explained without more to confirm."""
    judged = replay.judged
    is_certain = ~judged["verdict"].isin(ASKING_VERDICTS) & ~judged["is_provisional"].eq(True)
    certain = rows["event_id"].isin(judged.loc[is_certain, "event_id"])
    ever: pd.Series = certain.groupby(rows["fire_id"]).any()
    return ever


def _first_looks(rows: pd.DataFrame, everything: pd.DataFrame, replay: Replay) -> pd.DataFrame:
    """By fire: the verdict in the cycle of its first polar hotspot, and when it was shown.

    ``everything`` are the arrivals of all sensors: a fire that Himawari or a person told of
    before is on the map already.
    """
    first = rows.sort_values(["cycle_at", "hotspot_id"]).drop_duplicates("fire_id")
    mine = everything[everything["fire_id"].isin(first["fire_id"])]
    events_of = mine.groupby("fire_id")["event_id"].agg(set)
    heard_at = mine.groupby("fire_id")["cycle_at"].min()
    judged = replay.judged
    shown = judged[judged["verdict"].isin(ASKING_VERDICTS) | judged["is_provisional"].eq(True)]
    delays = [
        _delay_h(shown, events_of[fire_id], heard_at[fire_id], since)
        for fire_id, since in zip(first["fire_id"], first["cycle_at"], strict=True)
    ]
    then = replay.judged.set_index(["event_id", "cycle_at"])["explained_by"]
    key = pd.MultiIndex.from_frame(first[["event_id", "cycle_at"]])
    delay_h = pd.Series(delays, index=first.index, dtype="float64")
    return first.assign(
        is_at_once=delay_h == 0.0,
        delay_h=delay_h,
        explained_by=then[~then.index.duplicated()].reindex(key).to_numpy(),
    )


def _delay_h(shown: pd.DataFrame, events: set[str], heard_at: Any, since: Any) -> float:
    """Hours from ``since`` until one of the events was shown, 0 when it was already.

    Showings before the fire was heard of do not count, since an event may be older than the
    fire. NaN when none ever was shown.
    """
    is_one = shown["event_id"].isin(list(events)) & (shown["cycle_at"] >= heard_at)
    times = shown.loc[is_one, "cycle_at"]
    if times.empty:
        return float("nan")
    return max(0.0, float((times.min() - since).total_seconds()) / 3600.0)


def _ever(fire_ids: pd.Series, rows: pd.DataFrame, replay: Replay) -> pd.Series:
    """By fire: whether an event of it was ever called a violation."""
    called = set(replay.judged.loc[replay.judged["verdict"] == "permit_violation", "event_id"])
    mine = rows[rows["fire_id"].isin(fire_ids)]
    ever: pd.Series = mine["event_id"].isin(list(called)).groupby(mine["fire_id"]).any()
    return ever
