"""The checks, hotspot by hotspot: heat source, permit, outside forest.

Each check gives which hotspots it explains, which of them for certain, by what, and what was
tried. The verdict combines the checks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Bools, Floats, Ints
from jdzfire.schemas import Reason
from jdzfire.triage import reasons
from jdzfire.triage.context import TriageContext, banned
from jdzfire.triage.groups import group_rows
from jdzfire.triage.measures import Measures
from jdzfire.triage.rules import Rules, TriageRules

CheckResults = list[tuple[int, Reason]]


@dataclass(frozen=True)
class Check:
    """What one kind of explanation does for the hotspots."""

    explained: Bools
    """Whether it explains each hotspot."""
    doubtful: Bools
    """By event: whether it explains and must be confirmed still."""
    by: NDArray[np.object_]
    """By event: register id that explains most of its hotspots, None without one."""
    tried: CheckResults = field(default_factory=list)
    """Event position and reason, in the order tried."""
    broken: CheckResults = field(default_factory=list)
    """Rules of the register that the fire breaks: each makes a violation."""
    score: Floats | None = None
    """By event: best score of a candidate, NaN without one."""


def on_sources(measures: Measures, context: TriageContext, rules: TriageRules) -> Check:
    """Hotspots on registered industrial sites, no brighter, wider or farther off than usual.

    An unusual hotspot is explained again once its site has been as usual since.
    """
    rows, pairs = measures.hotspots, measures.sources
    explained = np.zeros(len(rows), dtype=bool)
    seen = measures.by_event(rows["is_orbiter"].to_numpy())
    is_answered = np.zeros(measures.count, dtype=bool)
    by = np.full(measures.count, None, dtype=object)
    tried: CheckResults = []
    if len(pairs):
        # 1. hotspots as usual, then unusual ones after which the source went on as usual
        usual = pairs[pairs["is_usual"].to_numpy(dtype=bool)].drop_duplicates("row")
        explained[usual["row"]] = True
        outlived = pairs[pairs["is_outlived"].to_numpy(dtype=bool)].drop_duplicates("row")
        outlived = outlived[~explained[outlived["row"]]]
        explained[outlived["row"]] = True
        other = pairs[~explained[pairs["row"]]]
        names = context.sources["name"].where(
            context.sources["name"].notna(), context.sources["source_id"]
        )
        label = names.to_numpy(dtype=object)
        # 2. one sentence an event and source, of its brightest hotspot
        worst = group_rows(usual, "event", "source_id", then=("frp_mw", "row"))
        for one, count in zip(_each(worst.last), worst.counts.tolist(), strict=True):
            tried.append(
                (
                    one.event,
                    reasons.source_match(label[one.source], one, count, int(seen[one.event])),
                )
            )
        worst = group_rows(outlived, "event", "source_id", then=("frp_mw", "row"))
        tried += [
            (one.event, reasons.source_outlived(label[one.source], one, count, rules))
            for one, count in zip(_each(worst.last), worst.counts.tolist(), strict=True)
        ]
        tried += _unusual(other, label)
        is_answered[pairs["event"]] = True
        by = _most(pd.concat([usual, outlived]), "source_id", measures.count)
    tried += [(k, reasons.no_source(int(seen[k]))) for k in _where(~is_answered & (seen > 0))]
    return Check(explained, np.zeros(measures.count, dtype=bool), by, tried)


def _unusual(other: pd.DataFrame, label: NDArray[np.object_]) -> CheckResults:
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
        (one.event, reasons.source_unusual(label[one.source], one.frp_mw, limit, wide, far))
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
    context: TriageContext,
    rules: Rules,
    *,
    heat: Bools,
    county: pd.Series,
    answered: Bools,
    overfull: CheckResults,
) -> Check:
    """Hotspots on a lot within its time; what breaks the permit; what must be confirmed.

    A match is never certain by itself: the burn's supervisor answers, or a later pass within the
    time still fits the lot.

    Parameters
    ----------
    measures : Measures
    context : TriageContext
    rules : Rules
    heat : array of bool, n
        Hotspots that industrial sites explain.
    county : Series of str, one an event
    answered : array of bool, one an event
        Whether duty staff have answered it before.
    overfull : list of event position and reason
        From :func:`jdzfire.triage.over_area.overfull_lots`.
    """
    rows, pairs, bars = measures.hotspots, measures.permits, rules.triage
    seen = measures.by_event(rows["is_orbiter"].to_numpy())
    explained = np.zeros(len(rows), dtype=bool)
    nobody = np.zeros(measures.count, dtype=bool)
    if pairs.empty:
        no = reasons.no_permit(bars)
        none = np.full(measures.count, None, dtype=object)
        lacking = np.full(measures.count, np.nan)
        return Check(explained, nobody, none, [(k, no) for k in _where(seen > 0)], [], lacking)
    # 1. the best lot of each hotspot row whose place fits (pairs are in order of their score)
    best = pairs[pairs["is_place"].to_numpy(dtype=bool)].drop_duplicates("row")
    # in place and time but short of the bar it is a near miss, not a violation
    inside = best[best["is_explained"].to_numpy(dtype=bool)]
    untimely = best[~best["is_time"].to_numpy(dtype=bool)]
    explained[inside["row"]] = True
    tried = _near_misses(measures, pairs, inside, untimely, seen, bars)
    tried += _on_lots(inside, seen, bars)
    # 2. what breaks the permit: time, drift beyond the lot, area, weather, a ban
    broken = [
        (one.event, reasons.permit_time(one, bars))
        for one in _each(group_rows(untimely, "event", "permit_id", then=("row",)).first)
    ]
    broken += _drift(measures, best, heat, bars)
    broken += overfull
    weather = _burn_weather(measures, inside, bars)
    broken += [(k, reason) for k, reason in weather if reason.outcome == "failed"]
    tried += [(k, reason) for k, reason in weather if reason.outcome != "failed"]
    broken += _banned(rows, inside, context, county)
    # 3. by event: whether it must be confirmed, and which permit is named
    is_sure = _confirmed(rows, inside, context, bars, measures.count) | answered
    holds = measures.by_event(explained) > 0
    doubtful = holds & ~is_sure
    by = _most(inside, "permit_id", measures.count)
    late = _most(untimely, "permit_id", measures.count)
    by = np.where(pd.isna(by), late, by)
    tried += [(k, reasons.permit_unconfirmed(str(by[k]))) for k in _where(doubtful)]
    score = np.full(measures.count, np.nan)
    np.fmax.at(score, pairs["event"].to_numpy(), pairs["score"].to_numpy())
    return Check(explained, doubtful, by, tried, broken, score)


def _on_lots(inside: pd.DataFrame, seen: Ints, rules: TriageRules) -> CheckResults:
    """Of each event and permit that explains some of it: how, at its worst."""
    if inside.empty:
        return []
    groups = group_rows(inside, "event", "permit_id", then=("score", "row"))
    far = np.maximum.reduceat(groups.table["distance_m"].to_numpy(), groups.begins)
    return [
        (one.event, reasons.permit_place(one, count, far_m, int(seen[one.event]), rules))
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
) -> CheckResults:
    """Of events without a match: the permit that came closest, or that there is none."""
    matched = np.zeros(measures.count, dtype=bool)
    matched[inside["event"]] = True
    matched[untimely["event"]] = True
    near = pairs[~matched[pairs["event"]]]
    near = near.assign(lack=-near["score"])
    closest = group_rows(near, "event", then=("lack", "distance_m", "permit_id")).first
    found: CheckResults = [
        (pair.event, reasons.permit_near_miss(pair, rules)) for pair in _each(closest)
    ]
    matched[near["event"]] = True
    found += [(k, reasons.no_permit(rules)) for k in _where(~matched & (seen > 0))]
    return found


def _drift(measures: Measures, best: pd.DataFrame, heat: Bools, rules: TriageRules) -> CheckResults:
    """Hotspots of a matched event beyond the lot, neither on fields nor on a site."""
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
    return [(int(k), reasons.permit_drift(int(count[k]), str(first[k]))) for k in matched]


def _is_field(rows: pd.DataFrame, rules: TriageRules) -> Bools:
    """Whether a footprint has no forest to speak of."""
    wooded = rows["tree_share"].to_numpy() >= rules.outside_max_tree_share
    bare = rows["forest_share"].to_numpy() < rules.outside_max_share
    return np.asarray(bare & ~wooded, dtype=bool)


def _burn_weather(measures: Measures, inside: pd.DataFrame, rules: TriageRules) -> CheckResults:
    """Worst danger grade and wind of the days on which lots were seen burning."""
    burns = np.zeros(len(measures.hotspots), dtype=bool)
    burns[inside["row"]] = True
    grade, wind = (measures.largest(name, burns) for name in ("danger_grade", "wind_force"))
    return [
        (
            k,
            reasons.permit_weather(
                None if math.isnan(grade[k]) else float(grade[k]),
                None if math.isnan(wind[k]) else float(wind[k]),
                rules,
            ),
        )
        for k in _where(measures.by_event(burns) > 0)
    ]


def _banned(
    rows: pd.DataFrame, inside: pd.DataFrame, context: TriageContext, county: pd.Series
) -> CheckResults:
    """Burns on a lot while fire was banned in the county."""
    if inside.empty or context.special_days.empty:
        return []
    found: CheckResults = []
    for event, group in rows.iloc[inside["row"]].groupby("event")["acquired_at"]:
        k = int(str(event))
        name = banned(context.special_days, group.tolist(), county.iloc[k])
        if name:
            found.append((k, reasons.permit_banned(name)))
    return found


def _confirmed(
    rows: pd.DataFrame, inside: pd.DataFrame, context: TriageContext, rules: TriageRules, count: int
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
    # brightest hotspot of each event in the grace after the permitted time
    glow = np.full(count, np.nan)
    np.fmax.at(glow, late["event"].to_numpy(), frp_mw[late["row"]])
    # each group is one event on one lot; reduceat takes from one of begins up to the next
    groups = group_rows(timely, "event", "permit_id")
    table, begins = groups.table, groups.begins
    at = rows["acquired_at"].astype("int64").to_numpy()[table["row"]]
    lasted_us = np.maximum.reduceat(at, begins) - np.minimum.reduceat(at, begins)
    off = np.add.reduceat(table["centre_m"].to_numpy(), begins) / groups.counts
    own = context.permits["location_error_m"].to_numpy(dtype=float)[groups.first["lot"]]
    bright = np.fmax.reduceat(frp_mw[table["row"]], begins)
    event = groups.first["event"].to_numpy()
    fits = (lasted_us >= rules.confirm_after_h * 3.6e9) & (off <= own)
    sure[event[fits & ~(glow[event] > bright)]] = True
    return sure


def outside_forest(
    measures: Measures, rules: TriageRules, *, others: Bools, answered: Bools
) -> Check:
    """Hotspots outside forest, with their shares.

    A fire the geostationary sensor places in forest is never outside it, whatever smaller
    pixels of the same fire show. At the edge of the forest, at night, or when it is bright, it
    must be confirmed; and so must a ground report, always, even where its stated place is far from
    forest too.

    Parameters
    ----------
    measures : Measures
    rules : TriageRules
    others : array of bool, n
        Hotspots that another check explains.
    answered : array of bool, one an event
    """
    rows = measures.hotspots
    orbiter = rows["is_orbiter"].to_numpy()
    share, trees = rows["forest_share"].to_numpy(), rows["tree_share"].to_numpy()
    # by hotspot row; NaN (not known) compares false, so an unknown FRP counts as small
    small = ~(rows["frp_mw"].to_numpy() > rules.field_max_frp_mw)
    by_day = rows["is_field_time"].to_numpy()
    far = _is_field(rows, rules)
    edge = (share < rules.edge_max_share) & ~(trees >= rules.edge_max_tree_share)
    coarse = rows["is_coarse"].to_numpy() & (share >= rules.outside_max_share)
    free = (measures.by_event(coarse) == 0)[rows["event"]]
    person = rows["is_person"].to_numpy()
    explained = free & ((orbiter & (far | (edge & small & by_day))) | (person & far))
    sure = explained & far & small & by_day
    # by event position
    needs = measures.by_event(explained & ~sure & ~others) > 0
    far_away = measures.by_event(explained & ~far & ~others) == 0
    has_any = measures.by_event(np.ones(len(rows), dtype=bool)) > 0
    tried: CheckResults = []
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
            tried.append((k, reasons.tree_cover(wood, rules)))
    doubtful = (needs & ~answered) | (measures.by_event(explained & person) > 0)
    tried += [(k, reasons.field_unconfirmed(rules)) for k in _where(doubtful)]
    return Check(explained, doubtful, np.full(measures.count, None, dtype=object), tried)


def _forest_reason(share: float, is_far: bool, rules: TriageRules) -> Reason:
    if math.isnan(share):
        return reasons.forest_unknown()
    if share < rules.outside_max_share:
        return reasons.outside_forest(share, rules)
    if share < rules.edge_max_share and not is_far:
        return reasons.at_forest_edge(share, rules)
    return reasons.in_forest(share, rules)
