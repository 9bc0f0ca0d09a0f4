"""Score: a replay held against the truth of its season.

Every fire that should have been shown and was not is listed with what silenced it. The scores
describe what the rules do; they are never a condition for showing something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.evaluation.replay import Replay
from jdzfire.evaluation.shown import POLAR, find_questions, find_showings, reasons_met
from jdzfire.triage.duty import ASKING_VERDICTS, needs_answer


@dataclass(frozen=True)
class Score:
    """How a season was handled."""

    counts: dict[str, int]
    """What was counted, by name."""
    rates: dict[str, float | None]
    """Shares [0-1], delays [h] and events a day, by name; null where nothing was there to count."""
    missed: pd.DataFrame
    """Fires wrongly silenced: to be shown, and not on the map in the cycle in which their first
    polar hotspot arrived. fire_id, kind, fault, permit_id (its own), event_id, cycle_at, verdict
    then, explained_by, ``inside_of`` (the permit in whose lot and time it truly lay, null: none),
    delay_h until it was shown (null: never), ``reasons`` that were met then."""
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row a fire seen by a polar orbiter, and one an event: ``what``, ``kind``, ``outcome``;
    see :func:`jdzfire.evaluation.compare.compare_scores`."""
    plain: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The plain rules on the same season, by rule."""
    proposals: dict[str, int] = field(default_factory=dict)
    """Heat sources proposed at the end: ``proposed``, ``right``, ``wanted``, ``found``."""

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        outcomes = self.proposals
        return {
            "counts": self.counts,
            "rates": self.rates,
            "missed": _records(self.missed),
            "plain": self.plain,
            "proposals": outcomes,
            "proposal_rates": {
                "precision": _share(outcomes.get("right", 0), outcomes.get("proposed", 0)),
                "recall": _share(outcomes.get("found", 0), outcomes.get("wanted", 0)),
            },
        }

    def text(self) -> str:
        """Lines to read."""
        lines = [f"{name}: {value}" for name, value in self.counts.items()]
        for name, value in self.rates.items():
            lines.append(f"{name}: {'-' if value is None else f'{value:.4g}'}")
        for rule, outcomes in self.plain.items():
            lines.append(
                f"plain rule ({rule}): " + ", ".join(f"{k} {v}" for k, v in outcomes.items())
            )
        lines += [f"heat sources {name}: {value}" for name, value in self.proposals.items()]
        for row in _records(self.missed):
            reasons = row.pop("reasons")
            lines.append("wrongly silenced: " + ", ".join(f"{k}={v}" for k, v in row.items()))
            lines += [f"  {one['rule']}: {one['text_en']}" for one in reasons]
        return "\n".join(lines)


_MISSED = [
    "fire_id", "kind", "fault", "permit_id", "event_id", "cycle_at", "verdict", "explained_by",
    "inside_of", "delay_h", "reasons",
]  # fmt: skip
_KINDS = ("wildfire", "burn")


def score_replay(
    replay: Replay,
    hotspots: pd.DataFrame,
    fires: pd.DataFrame,
    *,
    lots: gpd.GeoDataFrame | None = None,
    span: tuple[date, date] | None = None,
) -> Score:
    """Hold a replay against the truth.

    A fire that must be shown is a wildfire, or a burn that broke its permit, of which a polar
    orbiter gave at least one hotspot. It is shown at once when an event of it was unresolved, a
    violation, or explained only provisionally, by the cycle in which its first such hotspot
    arrived; else it was wrongly silenced.

    Parameters
    ----------
    replay : Replay
    hotspots : DataFrame
        Truth of each hotspot by ``hotspot_id``: instrument, acquired_at, lon_true, lat_true
        [degree, EPSG:4326], origin (fire, heat_source, glint), fire_id, source_id, is_registered
        (of the source).
    fires : DataFrame
        Truth of each fire by ``fire_id``: kind, fault, permit_id, in_forest.
    lots : GeoDataFrame [EPSG:4326 polygons], optional
        True lots of the valid permits: permit_id, valid_from, valid_to.
    span : tuple of date, optional
        First and last Beijing day of the season, for the load a day; default those of the first
        and last cycle.

    Returns
    -------
    Score
    """
    first = replay.arrivals.merge(hotspots, on="hotspot_id", how="left")
    first = first.merge(fires, on="fire_id", how="left")
    polar = first[first["instrument"].isin(POLAR)]
    is_faulty = (first["kind"] == "burn") & first["fault"].notna()
    showings = find_showings(first[(first["kind"] == "wildfire") | is_faulty], replay, lots=lots)
    late = showings[~showings["is_at_once"]]
    burns = polar[(polar["kind"] == "burn") & polar["fault"].isna()]
    farm = polar[(polar["kind"] == "farm_fire") & ~polar["in_forest"].eq(True)]
    known = polar[(polar["origin"] == "heat_source") & polar["is_registered"].eq(True)]
    faulty = showings[showings["kind"] == "burn"]
    judged = replay.judged
    sites = _questions_by_site(first, replay)
    asking = judged[judged["verdict"].isin(ASKING_VERDICTS)].drop_duplicates("event_id")
    provisional = judged[judged["is_provisional"].eq(True)]
    is_named = _ever(faulty["fire_id"], polar, judged[judged["verdict"] == "permit_violation"])
    is_own = (late["kind"] == "burn") & (late["explained_by"] == late["permit_id"])
    is_inside = late["inside_of"].notna()
    counts = {
        "cycles": replay.cycles,
        "hotspots": len(first),
        "events": int(replay.triage_state.events["merged_into"].isna().sum()),
        "events_ever_asking": len(asking),
        "events_ever_provisional": int(provisional["event_id"].nunique()),
        "fires_to_show": len(showings),
        "fires_shown_at_once": int(showings["is_at_once"].sum()),
        "fires_wrongly_silenced": len(late),
        "silenced_inside_permit": int(is_inside.sum()),
        "silenced_outside_permits": int((~is_inside).sum()),
        "fires_shown_later": int(late["delay_h"].notna().sum()),
        "fires_never_shown": int(late["delay_h"].isna().sum()),
        "silenced_by_own_permit": int(is_own.sum()),
        "silenced_otherwise": int((~is_own).sum()),
        "wildfires_never_shown": int((late["delay_h"].isna() & (late["kind"] == "wildfire")).sum()),
        "burns_compliant_seen": int(burns["fire_id"].nunique()),
        "burns_broken_seen": len(faulty),
        "burns_broken_shown": int(faulty["shown_at"].notna().sum()),
        "burns_broken_named": int(is_named.sum()),
        "farm_fires_outside_seen": int(farm["fire_id"].nunique()),
        "heat_source_hotspots": len(known),
        "works_registered_seen": len(sites),
        "works_questions": int(sites.sum()),
        "works_questions_most": int(sites.max()) if len(sites) else 0,
    }
    rates = {
        "shown_at_once": _mean(showings["is_at_once"]),
        "delay_h_of_later_mean": _mean(late["delay_h"].dropna()),
        **_delays(showings),
        "burns_explained": _mean(_never_asking(burns)),
        "burns_explained_for_certain": _mean(_ever_certain(burns, replay)),
        "violations_shown": _mean(faulty["shown_at"].notna()),
        "violations_called_violation": _mean(is_named),
        "heat_source_hotspots_explained": _mean(known["verdict"] == "heat_source"),
        "works_questions_a_quarter": _mean(sites / max(_quarters(first, span), 1.0)),
        "farm_fires_outside_explained": _mean(_never_asking(farm)),
        **_load(replay, asking, span),
    }
    silencing = pd.Series([reasons_met(text) for text in late["reasons"]], index=late.index)
    missed = late.assign(reasons=silencing.astype(object))
    return Score(
        counts,
        rates,
        missed.reindex(columns=_MISSED).reset_index(drop=True),
        _outcomes(showings, burns, farm, replay),
    )


def _delays(showings: pd.DataFrame) -> dict[str, float | None]:
    """Hours to the map of the fires that came onto it, by kind: half and nine tenths within."""
    found: dict[str, float | None] = {}
    for kind in _KINDS:
        of_kind = showings[(showings["kind"] == kind) & showings["shown_at"].notna()]
        for name, column in (("arrival", "delay_h"), ("acquisition", "since_seen_h")):
            hours = of_kind[column].dropna()
            for share, word in ((0.5, "median"), (0.9, "p90")):
                value = float(hours.quantile(share)) if len(hours) else None
                found[f"{kind}_h_from_{name}_{word}"] = value
    return found


def _load(
    replay: Replay, asking: pd.DataFrame, span: tuple[date, date] | None
) -> dict[str, float | None]:
    """Events a Beijing day that newly ask: over days with any, and over all days of the season."""
    judged = replay.judged
    shown = judged[needs_answer(judged).eq(True)].drop_duplicates("event_id")
    busy = asking.groupby(_beijing_day(asking["cycle_at"])).size()
    names = ("new_unresolved_per_day_mean", "new_unresolved_per_day_max")
    found = {names[0]: _mean(busy), names[1]: float(busy.max()) if len(busy) else None}
    heard = _beijing_day(replay.arrivals["cycle_at"])
    if heard.empty and span is None:
        nothing = ("unresolved_a_day_mean", "unresolved_a_day_p95", "unresolved_a_day_max")
        return {**found, **dict.fromkeys((*nothing, "shown_a_day_mean"))}
    begin, end = span or (heard.min(), heard.max())
    days = pd.date_range(begin, end, freq="D").date
    every = busy.reindex(days, fill_value=0)
    lasting = shown.groupby(_beijing_day(shown["cycle_at"])).size().reindex(days, fill_value=0)
    return {
        **found,
        "unresolved_a_day_mean": float(every.mean()),
        "unresolved_a_day_p95": float(every.quantile(0.95)),
        "unresolved_a_day_max": float(every.max()),
        "shown_a_day_mean": float(lasting.mean()),
    }


def _questions_by_site(first: pd.DataFrame, replay: Replay) -> pd.Series:
    """How often each registered industrial site that was seen was asked about.

    An event counts for the industrial site most of its hotspots come from, when nothing else is in
    it: no fire, and no unregistered site.
    """
    is_industrial = (first["origin"] == "heat_source") & first["is_registered"].eq(True)
    named = first.assign(site=first["source_id"].where(is_industrial))
    mixed = named.loc[named["site"].isna() & named["origin"].notna(), "event_id"]
    mine = named[named["site"].notna() & ~named["event_id"].isin(mixed)]
    counts = mine.groupby(["event_id", "site"]).size().sort_values(ascending=False).reset_index()
    of_event = counts.drop_duplicates("event_id").set_index("event_id")["site"]
    asked = of_event.reindex(find_questions(replay)["event_id"]).value_counts()
    seen = named["site"].dropna().unique()
    every: pd.Series = asked.reindex(sorted(seen), fill_value=0)
    return every


def _quarters(first: pd.DataFrame, span: tuple[date, date] | None) -> float:
    """Quarters of a year the season lasts."""
    if span is None:
        days = _beijing_day(first["cycle_at"])
        span = (days.min(), days.max()) if len(days) else (date.min, date.min)
    return ((span[1] - span[0]).days + 1) / (365.25 / 4)


def _beijing_day(times: pd.Series) -> pd.Series:
    days: pd.Series = times.dt.tz_convert("Asia/Shanghai").dt.date
    return days


def _outcomes(
    showings: pd.DataFrame, burns: pd.DataFrame, farm: pd.DataFrame, replay: Replay
) -> pd.DataFrame:
    """What came of each fire and each event.

    A fire was shown at once, later or never, or explained or asked about; of an event all verdicts
    it had are listed, in the order in which they came.
    """
    late = np.where(showings["shown_at"].notna(), "shown later", "never shown")
    said = np.where(showings["is_at_once"], "shown at once", late)
    parts = [pd.DataFrame({"what": showings["fire_id"], "kind": showings["kind"], "outcome": said})]
    for kind, rows in (("compliant burn", burns), ("farm fire", farm)):
        quiet = _never_asking(rows)
        outcomes = np.where(quiet.astype(bool), "explained", "asked about")
        parts.append(pd.DataFrame({"what": quiet.index, "kind": kind, "outcome": outcomes}))
    judged = replay.judged
    verdicts = judged["verdict"].mask(judged["is_provisional"].eq(True), judged["verdict"] + "?")
    path = verdicts.groupby(judged["event_id"]).agg(
        lambda outcomes: " > ".join(dict.fromkeys(outcomes))
    )
    parts.append(pd.DataFrame({"what": path.index, "kind": "event", "outcome": path.to_numpy()}))
    filled = [part for part in parts if len(part)] or parts[:1]
    table = pd.concat(filled).astype({"what": "str", "kind": "str", "outcome": "str"})
    return table.sort_values(["kind", "what"]).reset_index(drop=True)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


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
    """By fire: whether no hotspot of it arrived into an event that asked for an answer."""
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


def _ever(fire_ids: pd.Series, rows: pd.DataFrame, called: pd.DataFrame) -> pd.Series:
    """By fire: whether an event of it was ever among these."""
    mine = rows[rows["fire_id"].isin(fire_ids)]
    ever: pd.Series = mine["event_id"].isin(called["event_id"]).groupby(mine["fire_id"]).any()
    return ever
