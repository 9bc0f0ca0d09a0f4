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
from jdzfire.triage.groups import group_rows
from jdzfire.triage.measures import Measures
from jdzfire.triage.rules import Rules, TriageRules

__all__ = ["Rung", "Said", "on_permits", "on_sources", "outside_forest"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Said = list[tuple[int, Reason]]


@dataclass(frozen=True)
class Rung:
    """What one kind of explanation does for the hotspots."""

    explained: Bools
    """Whether it explains each hotspot."""
    doubtful: Bools
    """By event: whether it explains and must be confirmed still."""
    by: NDArray[np.object_]
    """By event: register id that explains most of its hotspots, None without one."""
    tried: Said = field(default_factory=list)
    """Event position and reason, in the order tried."""
    broken: Said = field(default_factory=list)
    """Rules of the register that the fire breaks: each makes a violation."""
    score: Floats | None = None
    """By event: best score of a candidate, NaN without one."""


def on_sources(measures: Measures, ground: Ground, rules: TriageRules) -> Rung:
    """Hotspots on registered works that are no brighter, wider or farther off than usual.

    What was unusual is explained again once the works have gone on as usual since.
    """
    rows, pairs = measures.hotspots, measures.sources
    explained = np.zeros(len(rows), dtype=bool)
    seen = measures.by_event(rows["is_orbiter"].to_numpy())
    told = np.zeros(measures.count, dtype=bool)
    by = np.full(measures.count, None, dtype=object)
    tried: Said = []
    if len(pairs):
        usual = pairs[pairs["is_usual"].to_numpy(dtype=bool)].drop_duplicates("row")
        explained[usual["row"]] = True
        outlived = pairs[pairs["is_outlived"].to_numpy(dtype=bool)].drop_duplicates("row")
        outlived = outlived[~explained[outlived["row"]]]
        explained[outlived["row"]] = True
        other = pairs[~explained[pairs["row"]]]
        names = ground.sources["name"].where(
            ground.sources["name"].notna(), ground.sources["source_id"]
        )
        label = names.to_numpy(dtype=object)
        worst = group_rows(usual, "event", "source_id", then=("frp_mw", "row"))
        for one, count in zip(_each(worst.last), worst.counts.tolist(), strict=True):
            tried.append(
                (one.event, say.source_match(label[one.source], one, count, int(seen[one.event])))
            )
        worst = group_rows(outlived, "event", "source_id", then=("frp_mw", "row"))
        tried += [
            (one.event, say.source_outlived(label[one.source], one, count, rules))
            for one, count in zip(_each(worst.last), worst.counts.tolist(), strict=True)
        ]
        tried += _unusual(other, label)
        told[pairs["event"]] = True
        by = _most(pd.concat([usual, outlived]), "source_id", measures.count)
    tried += [(k, say.no_source(int(seen[k]))) for k in _where(~told & (seen > 0))]
    return Rung(explained, np.zeros(measures.count, dtype=bool), by, tried)


def _unusual(other: pd.DataFrame, label: NDArray[np.object_]) -> Said:
    """What is unusual about the hotspots on each source that it does not explain."""
    if other.empty:
        return []
    brightest = group_rows(other, "event", "source_id", then=("frp_mw",), missing_first=True)
    limit_mw = np.maximum.reduceat(brightest.table["frp_limit_mw"].to_numpy(), brightest.begins)
    excess = other.assign(
        wide=np.where(other["pixels"] > other["pixels_limit"], other["pixels"], -1)
    )
    widest = group_rows(excess, "event", "source_id", then=("wide", "row"))
    farthest = group_rows(other, "event", "source_id", then=("moved_m",), missing_first=True)
    return [
        (one.event, say.source_unusual(label[one.source], one.frp_mw, limit, wide, far))
        for one, limit, wide, far in zip(
            _each(brightest.last),
            limit_mw.tolist(),
            _each(widest.last),
            _each(farthest.last),
            strict=True,
        )
    ]


def _each(table: pd.DataFrame) -> Iterator[Any]:
    return table.itertuples(index=False)


def _where(marked: Bools) -> list[int]:
    return [int(k) for k in np.flatnonzero(marked)]


def _most(pairs: pd.DataFrame, column: str, count: int) -> NDArray[np.object_]:
    """The id of most rows of each event, the smaller one at a tie; None without a row."""
    most = np.full(count, None, dtype=object)
    if len(pairs):
        groups = group_rows(pairs, "event", column)
        event = groups.first["event"].to_numpy()
        order = np.lexsort((np.arange(len(event)), -groups.counts, event))[::-1]
        most[event[order]] = groups.first[column].to_numpy(dtype=object)[order]
    return most


def on_permits(
    measures: Measures,
    ground: Ground,
    rules: Rules,
    *,
    heat: Bools,
    county: pd.Series,
    answered: Bools,
    overfull: Said,
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
    overfull : list of event position and reason
        From :func:`jdzfire.triage.overfull.overfull_lots`.
    """
    rows, pairs, bars = measures.hotspots, measures.permits, rules.triage
    seen = measures.by_event(rows["is_orbiter"].to_numpy())
    explained = np.zeros(len(rows), dtype=bool)
    nobody = np.zeros(measures.count, dtype=bool)
    if pairs.empty:
        no = say.no_permit(bars)
        none = np.full(measures.count, None, dtype=object)
        lacking = np.full(measures.count, np.nan)
        return Rung(explained, nobody, none, [(k, no) for k in _where(seen > 0)], [], lacking)
    best = pairs[pairs["is_place"].to_numpy(dtype=bool)].drop_duplicates("row")
    # in place and time but short of the bar it is a near miss, not a violation
    inside = best[best["is_explained"].to_numpy(dtype=bool)]
    untimely = best[~best["is_time"].to_numpy(dtype=bool)]
    explained[inside["row"]] = True
    tried = _near_misses(measures, pairs, inside, untimely, seen, bars)
    tried += _on_lots(inside, seen, bars)
    broken = [
        (one.event, say.permit_time(one, bars))
        for one in _each(group_rows(untimely, "event", "permit_id", then=("row",)).first)
    ]
    broken += _drift(measures, best, heat, bars)
    broken += overfull
    weather = _burn_weather(measures, inside, bars)
    broken += [said for said in weather if said[1].outcome == "failed"]
    tried += [said for said in weather if said[1].outcome != "failed"]
    broken += _banned(rows, inside, ground, county)
    is_sure = _confirmed(rows, inside, ground, bars, measures.count) | answered
    holds = measures.by_event(explained) > 0
    doubtful = holds & ~is_sure
    by = _most(inside, "permit_id", measures.count)
    late = _most(untimely, "permit_id", measures.count)
    by = np.where(pd.isna(by), late, by)
    tried += [(k, say.permit_unconfirmed(str(by[k]))) for k in _where(doubtful)]
    score = np.full(measures.count, np.nan)
    np.fmax.at(score, pairs["event"].to_numpy(), pairs["score"].to_numpy())
    return Rung(explained, doubtful, by, tried, broken, score)


def _on_lots(inside: pd.DataFrame, seen: Ints, rules: TriageRules) -> Said:
    """Of each event and permit that explains some of it: how, at its worst."""
    if inside.empty:
        return []
    groups = group_rows(inside, "event", "permit_id", then=("score", "row"))
    far = np.maximum.reduceat(groups.table["distance_m"].to_numpy(), groups.begins)
    return [
        (one.event, say.permit_place(one, count, far_m, int(seen[one.event]), rules))
        for one, count, far_m in zip(
            _each(groups.first), groups.counts.tolist(), far.tolist(), strict=True
        )
    ]


def _near_misses(
    measures: Measures,
    pairs: pd.DataFrame,
    inside: pd.DataFrame,
    untimely: pd.DataFrame,
    seen: Ints,
    rules: TriageRules,
) -> Said:
    """Of events without a match: the permit that came closest, or that there is none."""
    matched = np.zeros(measures.count, dtype=bool)
    matched[inside["event"]] = True
    matched[untimely["event"]] = True
    near = pairs[~matched[pairs["event"]]]
    near = near.assign(lack=-near["score"])
    closest = group_rows(near, "event", then=("lack", "distance_m", "permit_id")).first
    found: Said = [(pair.event, say.permit_near_miss(pair, rules)) for pair in _each(closest)]
    matched[near["event"]] = True
    found += [(k, say.no_permit(rules)) for k in _where(~matched & (seen > 0))]
    return found


def _drift(measures: Measures, best: pd.DataFrame, heat: Bools, rules: TriageRules) -> Said:
    """Hotspots of a matched event beyond the lot, neither on fields nor on works."""
    rows = measures.hotspots
    on_lot = np.zeros(len(rows), dtype=bool)
    on_lot[best["row"]] = True
    field = _is_field(rows, rules)
    beyond = rows["is_orbiter"].to_numpy() & ~on_lot & ~field & ~heat
    count = measures.by_event(beyond)
    first = np.full(measures.count, None, dtype=object)
    ordered = best.iloc[::-1]
    first[ordered["event"]] = ordered["permit_id"].to_numpy(dtype=object)
    matched = np.flatnonzero((count > 0) & ~pd.isna(first))
    return [(int(k), say.permit_drift(int(count[k]), str(first[k]))) for k in matched]


def _is_field(rows: pd.DataFrame, rules: TriageRules) -> Bools:
    """Whether a footprint has no forest to speak of."""
    wooded = rows["tree_share"].to_numpy() >= rules.outside_max_tree_share
    bare = rows["forest_share"].to_numpy() < rules.outside_max_share
    return np.asarray(bare & ~wooded, dtype=bool)


def _burn_weather(measures: Measures, inside: pd.DataFrame, rules: TriageRules) -> Said:
    """Worst danger grade and wind of the days on which lots were seen burning."""
    burns = np.zeros(len(measures.hotspots), dtype=bool)
    burns[inside["row"]] = True
    grade, wind = (measures.largest(name, burns) for name in ("danger_grade", "wind_force"))
    return [
        (
            k,
            say.permit_weather(
                None if math.isnan(grade[k]) else float(grade[k]),
                None if math.isnan(wind[k]) else float(wind[k]),
                rules,
            ),
        )
        for k in _where(measures.by_event(burns) > 0)
    ]


def _banned(rows: pd.DataFrame, inside: pd.DataFrame, ground: Ground, county: pd.Series) -> Said:
    """Burns on a lot while fire was banned in the county."""
    if inside.empty or ground.special_days.empty:
        return []
    found: Said = []
    for event, group in rows.iloc[inside["row"]].groupby("event")["acquired_at"]:
        k = int(str(event))
        name = banned(ground.special_days, group.tolist(), county.iloc[k])
        if name:
            found.append((k, say.permit_banned(name)))
    return found


def _confirmed(
    rows: pd.DataFrame, inside: pd.DataFrame, ground: Ground, rules: TriageRules, count: int
) -> Bools:
    """By event: whether a later pass within the permitted time still fits the lot.

    The mean place of all its hotspots must lie on the lot or within the permit's own error, and
    nothing may have grown brighter in the grace than it was in the time.
    """
    sure = np.zeros(count, dtype=bool)
    frp_mw = rows["frp_mw"].to_numpy()
    after_h = inside["after_h"].to_numpy()
    late, timely = inside[after_h > 0.0], inside[after_h == 0.0]
    if timely.empty:
        return sure
    glow = np.full(count, np.nan)
    np.fmax.at(glow, late["event"].to_numpy(), frp_mw[late["row"]])
    groups = group_rows(timely, "event", "permit_id")
    table, begins = groups.table, groups.begins
    at = rows["acquired_at"].astype("int64").to_numpy()[table["row"]]
    lasted_us = np.maximum.reduceat(at, begins) - np.minimum.reduceat(at, begins)
    off = np.add.reduceat(table["centre_m"].to_numpy(), begins) / groups.counts
    own = ground.permits["location_error_m"].to_numpy(dtype=float)[groups.first["lot"]]
    bright = np.fmax.reduceat(frp_mw[table["row"]], begins)
    event = groups.first["event"].to_numpy()
    fits = (lasted_us >= rules.confirm_after_h * 3.6e9) & (off <= own)
    sure[event[fits & ~(glow[event] > bright)]] = True
    return sure


def outside_forest(
    measures: Measures, rules: TriageRules, *, others: Bools, answered: Bools
) -> Rung:
    """Hotspots outside forest, and the shares that say so.

    A fire the geostationary sensor places in forest is never outside it, whatever smaller
    pixels of the same fire show. At the edge of the forest, at night, or when it is bright, it
    must be confirmed; and so must one that people reported, always, even where the place they told
    is far from forest too.

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
    person = rows["is_person"].to_numpy()
    explained = free & ((orbiter & (far | (edge & small & by_day))) | (person & far))
    sure = explained & far & small & by_day
    needs = measures.by_event(explained & ~sure & ~others) > 0
    far_away = measures.by_event(explained & ~far & ~others) == 0
    has_any = measures.by_event(np.ones(len(rows), dtype=bool)) > 0
    tried: Said = []
    for k, (value, wood, is_far, is_there) in enumerate(
        zip(
            measures.largest("forest_share").tolist(),
            measures.largest("tree_share", orbiter).tolist(),
            far_away.tolist(),
            has_any.tolist(),
            strict=True,
        )
    ):
        if not is_there:
            continue
        tried.append((k, _forest_reason(value, is_far, rules)))
        if not math.isnan(wood):
            tried.append((k, say.tree_cover(wood, rules)))
    doubtful = (needs & ~answered) | (measures.by_event(explained & person) > 0)
    tried += [(k, say.field_unconfirmed(rules)) for k in _where(doubtful)]
    return Rung(explained, doubtful, np.full(measures.count, None, dtype=object), tried)


def _forest_reason(share: float, is_far: bool, rules: TriageRules) -> Reason:
    if math.isnan(share):
        return say.forest_unknown()
    if share < rules.outside_max_share:
        return say.outside_forest(share, rules)
    if share < rules.edge_max_share and not is_far:
        return say.at_forest_edge(share, rules)
    return say.in_forest(share, rules)
