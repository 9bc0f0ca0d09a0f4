"""The rungs of the ladder: heat source, permit, outside forest; hotspot by hotspot.

Each rung says which hotspots it explains, which of them for certain, by what, and what was
tried. The verdict puts the rungs together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.schemas import Reason
from jdzfire.triage import reasons as say
from jdzfire.triage.bans import banned
from jdzfire.triage.ground import Ground
from jdzfire.triage.measures import Measures
from jdzfire.triage.rules import Rules, TriageRules

__all__ = ["Rung", "on_permits", "on_sources", "outside_forest"]

Bools = NDArray[np.bool_]
Said = list[tuple[int, Reason]]


@dataclass(frozen=True)
class Rung:
    """What one kind of explanation does for the hotspots."""

    explained: Bools
    """Whether it explains each hotspot."""
    doubtful: Bools
    """By event: whether it explains and must be confirmed still."""
    by: pd.Series
    """Register id that explains most hotspots of an event, by event position."""
    tried: Said = field(default_factory=list)
    """Event position and reason, in the order tried."""
    broken: Said = field(default_factory=list)
    """Rules of the register that the fire breaks: each makes a violation."""
    score: NDArray[np.float64] | None = None
    """By event: best score of a candidate, NaN without one."""


def on_sources(measures: Measures, ground: Ground, rules: TriageRules) -> Rung:
    """Hotspots on registered works that are no brighter, wider or farther off than usual."""
    rows, pairs = measures.hotspots, measures.sources
    names = ground.sources.set_index("source_id")["name"]
    usual = pairs[pairs["is_usual"]].drop_duplicates("row")
    explained = np.zeros(len(rows), dtype=bool)
    explained[usual["row"]] = True
    other = pairs[~pairs["row"].isin(usual["row"])]
    seen = measures.by_event(rows["is_orbiter"].to_numpy())
    tried: Said = []
    for (event, source_id), group in _groups(usual, "event", "source_id"):
        tried.append((event, say.source_match(_name(names, source_id), group, int(seen[event]))))
    for (event, source_id), group in _groups(other, "event", "source_id"):
        tried.append((event, say.source_unusual(_name(names, source_id), group)))
    told = np.zeros(measures.count, dtype=bool)
    told[pairs["event"].unique()] = True
    tried += [(int(k), say.no_source(int(seen[k]))) for k in np.flatnonzero(~told & (seen > 0))]
    return Rung(explained, np.zeros(measures.count, dtype=bool), _most(usual, "source_id"), tried)


def _each(table: pd.DataFrame) -> Iterator[Any]:
    return table.itertuples(index=False)


def _groups(table: pd.DataFrame, *keys: str) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Rows by event and further keys; the event first."""
    yield from table.groupby(list(keys))


def _name(names: pd.Series, source_id: object) -> str:
    name = names.get(source_id)
    return str(source_id) if name is None or pd.isna(name) else str(name)


def _most(pairs: pd.DataFrame, column: str) -> pd.Series:
    """The id of most rows of each event, the smaller one at a tie."""
    if pairs.empty:
        return pd.Series(dtype="str")
    counts = pairs.groupby(["event", column]).size().reset_index(name="rows")
    ordered = counts.sort_values(["event", "rows", column], ascending=[True, False, True])
    most: pd.Series = ordered.drop_duplicates("event").set_index("event")[column]
    return most


def on_permits(
    measures: Measures,
    ground: Ground,
    rules: Rules,
    *,
    heat: Bools,
    county: pd.Series,
    answered: Bools,
) -> Rung:
    """Hotspots on a lot within its time; what breaks the permit; what must be confirmed.

    A match is never certain by itself: the burn's supervisor answers, or a later pass within the
    time still fits the lot.

    Parameters
    ----------
    measures : Measures
    ground : Ground
    rules : Rules
    heat : array of bool, n
        Hotspots that works explain.
    county : Series of str, one an event
    answered : array of bool, one an event
        Whether people have answered it before.
    """
    rows, pairs, bars = measures.hotspots, measures.permits, rules.triage
    orbiter = rows["is_orbiter"].to_numpy()
    seen = measures.by_event(orbiter)
    placed = pairs[pairs["is_place"]]
    best = placed.drop_duplicates("row")
    # in place and time but short of the bar it is a near miss, not a violation
    inside = best[best["is_explained"]]
    untimely = best[~best["is_time"]]
    explained = np.zeros(len(rows), dtype=bool)
    explained[inside["row"]] = True
    tried = _near_misses(measures, pairs, inside, untimely, seen, bars)
    for (event, _), group in _groups(inside, "event", "permit_id"):
        tried.append((event, say.permit_place(group, int(seen[event]), bars)))
    broken: Said = []
    for (event, _), group in _groups(untimely, "event", "permit_id"):
        broken.append((event, say.permit_time(group.iloc[0], bars)))
    broken += _drift(measures, best, heat, bars)
    broken += _oversize(rows, inside, ground)
    weather = _burn_weather(rows, inside, bars)
    broken += [said for said in weather if said[1].outcome == "failed"]
    tried += [said for said in weather if said[1].outcome != "failed"]
    broken += _banned(rows, inside, ground, county)
    is_sure = _confirmed(rows, inside, ground, bars, measures.count) | answered
    holds = measures.by_event(explained) > 0
    doubtful = holds & ~is_sure
    by = _most(inside, "permit_id")
    late = _most(untimely, "permit_id")
    by = pd.concat([by, late[~late.index.isin(by.index)]]) if len(late) else by
    tried += [(int(k), say.permit_unconfirmed(str(by[k]))) for k in np.flatnonzero(doubtful)]
    score = np.full(measures.count, np.nan)
    top = pairs.groupby("event")["score"].max()
    score[top.index] = top
    return Rung(explained, doubtful, by, tried, broken, score)


def _near_misses(
    measures: Measures,
    pairs: pd.DataFrame,
    inside: pd.DataFrame,
    untimely: pd.DataFrame,
    seen: NDArray[np.int64],
    rules: TriageRules,
) -> Said:
    """Of events without a match: the permit that came closest, or that there is none."""
    matched = np.zeros(measures.count, dtype=bool)
    matched[inside["event"].unique()] = True
    matched[untimely["event"].unique()] = True
    near = pairs[~matched[pairs["event"]]]
    near = near.sort_values(
        ["event", "score", "distance_m", "permit_id"], ascending=[True, False, True, True]
    ).drop_duplicates("event")
    found: Said = [(int(pair.event), say.permit_near_miss(pair, rules)) for pair in _each(near)]
    matched[near["event"]] = True
    found += [(int(k), say.no_permit(rules)) for k in np.flatnonzero(~matched & (seen > 0))]
    return found


def _drift(measures: Measures, best: pd.DataFrame, heat: Bools, rules: TriageRules) -> Said:
    """Hotspots of a matched event beyond the lot, neither on fields nor on works."""
    rows = measures.hotspots
    on_lot = np.zeros(len(rows), dtype=bool)
    on_lot[best["row"]] = True
    field = _is_field(rows, rules)
    beyond = rows["is_orbiter"].to_numpy() & ~on_lot & ~field & ~heat
    count = measures.by_event(beyond)
    first = best.drop_duplicates("event").set_index("event")["permit_id"]
    matched = np.flatnonzero((count > 0) & np.isin(np.arange(measures.count), first.index))
    return [(int(k), say.permit_drift(int(count[k]), str(first[k]))) for k in matched]


def _is_field(rows: pd.DataFrame, rules: TriageRules) -> Bools:
    """Whether a footprint has no forest to speak of."""
    wooded = rows["tree_share"].to_numpy() >= rules.outside_max_tree_share
    bare = rows["forest_share"].to_numpy() < rules.outside_max_share
    return np.asarray(bare & ~wooded, dtype=bool)


def _oversize(rows: pd.DataFrame, inside: pd.DataFrame, ground: Ground) -> Said:
    """Passes in which more pixels were lit than a lot of that area can touch.

    A lot as wide as the circle of its area, d, touches at most (d / p + 1) pixels of width p in
    each direction; the next whole number is allowed. Pixels of all events of the round on the lot
    count.
    """
    lots = ground.permits["area_ha"].to_numpy(dtype=float)
    inside = inside.assign(round=rows["round"].to_numpy()[inside["row"]])
    lit = inside.assign(
        area_ha=lots[inside["lot"]],
        satellite=rows["satellite"].to_numpy()[inside["row"]],
        at=rows["acquired_at"].to_numpy()[inside["row"]],
        scan=rows["scan_km"].to_numpy()[inside["row"]],
        track=rows["track_km"].to_numpy()[inside["row"]],
    ).dropna(subset=["area_ha", "scan", "track"])
    if lit.empty:
        return []
    passes = lit.groupby(["round", "permit_id", "satellite", "at"])
    told = passes.agg(
        lit=("row", "size"), scan=("scan", "min"), track=("track", "min"), ha=("area_ha", "min")
    )
    width = 2.0 * np.sqrt(told["ha"] / 100.0 / math.pi)
    told["allowed"] = np.ceil((width / told["scan"] + 1.0) * (width / told["track"] + 1.0))
    over = told[told["lit"] > told["allowed"]].reset_index()
    found: Said = []
    worst = over.sort_values("lit", ascending=False, kind="stable")
    worst = worst.drop_duplicates(["round", "permit_id"])
    for one in _each(worst):
        reason = say.permit_oversize(
            int(one.lit), int(one.allowed), str(one.permit_id), float(one.ha)
        )
        is_one = (inside["permit_id"] == one.permit_id) & (inside["round"] == one.round)
        events = inside.loc[is_one, "event"].unique()
        found += [(int(event), reason) for event in events]
    return found


def _burn_weather(rows: pd.DataFrame, inside: pd.DataFrame, rules: TriageRules) -> Said:
    """Worst danger grade and wind of the days on which lots were seen burning."""
    if inside.empty:
        return []
    days = rows.iloc[inside["row"]].groupby("event")[["danger_grade", "wind_force"]].max()
    return [
        (
            int(event),
            say.permit_weather(
                None if pd.isna(grade) else float(grade),
                None if pd.isna(wind) else float(wind),
                rules,
            ),
        )
        for event, grade, wind in _each(days.reset_index())
    ]


def _banned(rows: pd.DataFrame, inside: pd.DataFrame, ground: Ground, county: pd.Series) -> Said:
    """Burns on a lot while fire was banned in the county."""
    if inside.empty or ground.special_days.empty:
        return []
    found: Said = []
    for (event,), group in _groups(rows.iloc[inside["row"]], "event"):
        name = banned(ground.special_days, group["acquired_at"].tolist(), county.iloc[event])
        if name:
            found.append((event, say.permit_banned(name)))
    return found


def _confirmed(
    rows: pd.DataFrame, inside: pd.DataFrame, ground: Ground, rules: TriageRules, count: int
) -> Bools:
    """By event: whether a later pass within the permitted time still fits the lot.

    The mean place of all its hotspots must lie on the lot or within the permit's own error, and
    nothing may have grown brighter in the grace than it was in the time.
    """
    sure = np.zeros(count, dtype=bool)
    timely = inside[inside["after_h"] == 0.0]
    if timely.empty:
        return sure
    at = rows["acquired_at"].to_numpy()
    known_m = ground.permits["location_error_m"].to_numpy(dtype=float)
    table = timely.assign(at=at[timely["row"]], frp=rows["frp_mw"].to_numpy()[timely["row"]])
    table["own_m"] = known_m[table["lot"]]
    told = table.groupby(["event", "permit_id"]).agg(
        first=("at", "min"),
        last=("at", "max"),
        off=("centre_m", "mean"),
        own=("own_m", "max"),
        frp=("frp", "max"),
    )
    lasted = (told["last"] - told["first"]) >= pd.Timedelta(hours=rules.confirm_after_h)
    fits = told[lasted & (told["off"] <= told["own"])]
    late = inside[inside["after_h"] > 0.0]
    glow = pd.Series(rows["frp_mw"].to_numpy()[late["row"]], index=late["event"])
    glow = glow.groupby(level=0).max().reindex(fits.index.get_level_values("event"))
    calm = ~(glow.to_numpy() > fits["frp"].to_numpy())
    sure[fits.index.get_level_values("event")[calm]] = True
    return sure


def outside_forest(
    measures: Measures, rules: TriageRules, *, others: Bools, answered: Bools
) -> Rung:
    """Hotspots outside forest, and the shares that say so.

    A fire the geostationary sensor places in forest is never outside it, whatever smaller
    pixels of the same fire show. At the edge of the forest, at night, or when it is bright, it
    must be confirmed.

    Parameters
    ----------
    measures : Measures
    rules : TriageRules
    others : array of bool, n
        Hotspots that another rung explains.
    answered : array of bool, one an event
    """
    rows = measures.hotspots
    orbiter = rows["is_orbiter"].to_numpy()
    share, trees = rows["forest_share"].to_numpy(), rows["tree_share"].to_numpy()
    small = ~(rows["frp_mw"].to_numpy() > rules.field_max_frp_mw)
    by_day = rows["is_field_time"].to_numpy()
    far = _is_field(rows, rules)
    edge = (share < rules.edge_max_share) & ~(trees >= rules.edge_max_tree_share)
    coarse = rows["is_coarse"].to_numpy() & (share >= rules.outside_max_share)
    free = (measures.by_event(coarse) == 0)[rows["event"]]
    explained = orbiter & free & (far | (edge & small & by_day))
    sure = explained & far & small & by_day
    needs = measures.by_event(explained & ~sure & ~others) > 0
    tried: Said = []
    top = rows.groupby("event").agg(share=("forest_share", "max"))["share"]
    wood = rows[orbiter].groupby("event")["tree_share"].max()
    far_away = measures.by_event(explained & ~far & ~others) == 0
    for event, value in top.items():
        k = int(str(event))
        if pd.isna(value):
            tried.append((k, say.forest_unknown()))
        elif value < rules.outside_max_share:
            tried.append((k, say.outside_forest(float(value), rules)))
        elif value < rules.edge_max_share and not far_away[k]:
            tried.append((k, say.at_forest_edge(float(value), rules)))
        else:
            tried.append((k, say.in_forest(float(value), rules)))
        if k in wood.index and not pd.isna(wood[k]):
            tried.append((k, say.tree_cover(float(wood[k]), rules)))
    doubtful = needs & ~answered
    tried += [(int(k), say.field_unconfirmed(rules)) for k in np.flatnonzero(doubtful)]
    return Rung(explained, doubtful, pd.Series(dtype="str"), tried)
