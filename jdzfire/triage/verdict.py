"""The verdict: explained only when every hotspot a polar orbiter saw is explained.

Order of the tests: a person's report is never silenced; AHI alone never silences; then, hotspot
by hotspot, heat source, permit, outside forest. A permit that holds in place but not in time,
size or weather makes a violation, which stays on the map. An explanation that is likely but not
certain is provisional: the event stays on the map until duty staff or a later pass confirm it. A
report from far outside forest leaves that verdict to the satellites, provisionally. In doubt,
unresolved.
"""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Bools
from jdzfire.schemas import VERDICTS, Reason, conform, empty_table, encode_reasons
from jdzfire.triage import reasons as sentences
from jdzfire.triage.checks import Check, CheckResults, on_permits, on_sources, outside_forest
from jdzfire.triage.context import TriageContext
from jdzfire.triage.measures import JUDGED_BY, Measures, measure
from jdzfire.triage.over_area import over_area_permits
from jdzfire.triage.places import name_places
from jdzfire.triage.priority import rank_events
from jdzfire.triage.rules import Rules, rules_version

_EVENTS_AT_ONCE = 10_000
"""Events whose reasons are held as objects: some 40 MB [C]."""


def decide_verdicts(
    events: gpd.GeoDataFrame,
    hotspots: gpd.GeoDataFrame,
    members: pd.DataFrame,
    context: TriageContext,
    *,
    at: pd.Timestamp,
    rules: Rules | None = None,
    settled: pd.Series | None = None,
    rounds: pd.Series | None = None,
) -> pd.DataFrame:
    """Verdict, reasons and priority of each event.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
        Merged ones are left out of the result.
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points]
        At least all members of these events.
    members : DataFrame [MEMBERS]
    context : TriageContext
    at : datetime
        Now.
    rules : Rules, optional
    settled : Series of times indexed by event_id, optional
        When duty staff last closed the event's case: hotspots up to then are answered and only
        later ones are judged. Where none is later, all are judged.
    rounds : Series of times indexed by event_id, optional
        Time of the round each event is judged in, when a replay judges states of several
        times at once: pixels on a lot or on a source are counted within a round only.

    Returns
    -------
    DataFrame [VERDICTS], at most n rows, sorted by event_id

    Notes
    -----
    All events at once: the cost is that of the hotspots, and of one sentence a check and event.
    Shapes are held for a run of hotspots at a time, reasons for a run of events; what counts
    pixels of several events is counted over all of them.
    """
    rules = rules or Rules()
    triage_state = events[events["merged_into"].isna()].sort_values("event_id")
    triage_state = triage_state.reset_index(drop=True)
    if triage_state.empty:
        none: pd.DataFrame = empty_table(VERDICTS)
        return none
    answered_at = None if settled is None else settled.reindex(triage_state["event_id"])
    turn = None if rounds is None else _round_numbers(rounds, triage_state["event_id"])
    measures = measure(
        *_judged(triage_state, hotspots, members, answered_at),
        len(triage_state),
        context,
        rules,
        now=_judged_at(triage_state, at, rounds),
        rounds=turn,
    )
    answered = np.zeros(len(triage_state), dtype=bool)
    if answered_at is not None:
        answered = answered_at.notna().to_numpy()
    overfull = over_area_permits(measures, context, rounds=turn)
    tables = []
    for first in range(0, len(triage_state), _EVENTS_AT_ONCE):
        last = min(first + _EVENTS_AT_ONCE, len(triage_state))
        some = [(event - first, reason) for event, reason in overfull if first <= event < last]
        tables.append(
            _decide_part(
                triage_state.iloc[first:last].reset_index(drop=True),
                measures if last - first == len(triage_state) else measures.part(first, last),
                context,
                rules,
                answered=answered[first:last],
                overfull=some,
            )
        )
    table = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
    table = table.assign(rules_version=rules_version(rules.triage), decided_at=pd.Timestamp(at))
    return conform(table, VERDICTS)


def _judged_at(
    triage_state: gpd.GeoDataFrame, at: pd.Timestamp, rounds: pd.Series | None
) -> NDArray[np.int64]:
    """Time each event is judged at [microseconds since 1970, UTC]."""
    times = pd.Series(pd.Timestamp(at), index=triage_state["event_id"])
    if rounds is not None:
        times = rounds.reindex(triage_state["event_id"])
    return np.asarray(times.dt.as_unit("us").astype("int64"), dtype=np.int64)


def _round_numbers(rounds: pd.Series, event_id: pd.Series) -> NDArray[np.int64]:
    return np.asarray(pd.factorize(rounds.reindex(event_id), sort=True)[0], dtype=np.int64)


def _decide_part(
    triage_state: gpd.GeoDataFrame,
    measures: Measures,
    context: TriageContext,
    rules: Rules,
    *,
    answered: Bools,
    overfull: CheckResults,
) -> pd.DataFrame:
    """Verdicts of some events, whose reasons are held as objects meanwhile."""
    places = name_places(triage_state, context)
    heat = on_sources(measures, context, rules.triage)
    burn = on_permits(
        measures,
        context,
        rules,
        heat=heat.explained,
        county=places["county"],
        answered=answered,
        overfull=overfull,
    )
    forest = outside_forest(
        measures, rules.triage, others=heat.explained | burn.explained, answered=answered
    )
    verdict, provisional, ladder = _together(measures, heat, burn, forest)
    ranked = rank_events(
        triage_state,
        measures,
        verdict,
        provisional,
        places,
        context,
        rules.triage,
        usual=heat.explained,
    )
    return pd.DataFrame(
        {
            "event_id": triage_state["event_id"],
            "verdict": verdict,
            "is_provisional": provisional,
            "explained_by": _explained_by(verdict, heat, burn),
            "score": burn.score,
            "reasons": [encode_reasons(reasons) for reasons in ladder],
            "priority": ranked.points,
            "priority_parts": [json.dumps(parts, sort_keys=True) for parts in ranked.parts],
            "escalation": ranked.escalation,
            "forest_share": measures.largest("forest_share"),
            "zone_id": _main_zone(measures),
            "county": places["county"],
            "township": places["township"],
            "place": places["place"],
        }
    )


def _judged(
    triage_state: gpd.GeoDataFrame,
    hotspots: gpd.GeoDataFrame,
    members: pd.DataFrame,
    answered_at: pd.Series | None,
) -> tuple[gpd.GeoDataFrame, NDArray[np.int64]]:
    """Hotspots to judge, and the position of the event of each."""
    owner = members.set_index("hotspot_id")["event_id"].reindex(hotspots["hotspot_id"])
    event = pd.Index(triage_state["event_id"]).get_indexer(pd.Index(owner))
    rows, event = hotspots[list(JUDGED_BY)][event >= 0], event[event >= 0]
    if answered_at is None or answered_at.isna().all():
        return rows, event
    until = answered_at.to_numpy()[event]
    at = rows["acquired_at"].to_numpy()
    later = pd.isna(until) | (at > until)
    has_later = np.bincount(event[later], minlength=len(triage_state)) > 0
    kept = later | ~has_later[event]
    return rows[kept], event[kept]


def _together(
    measures: Measures, heat: Check, burn: Check, forest: Check
) -> tuple[NDArray[np.object_], Bools, list[list[Reason]]]:
    """Verdict of each event, whether it must be confirmed, and its ladder of reasons."""
    rows, count = measures.hotspots, measures.count
    orbiter, person = rows["is_orbiter"].to_numpy(), rows["is_person"].to_numpy()
    seen, people = measures.by_event(orbiter), measures.by_event(person)
    total = measures.by_event(np.ones(len(rows), dtype=bool))
    explained = heat.explained | burn.explained | forest.explained
    open_count = measures.by_event(orbiter & ~explained)
    # a report far from forest leaves the verdict to the satellites, and is to be confirmed
    elsewhere = measures.by_event(orbiter & ~forest.explained) > 0
    doubted = measures.by_event(person & ~forest.explained) > 0
    must_ask = doubted | ((people > 0) & elsewhere) | (seen == 0)
    # of several explanations the one of most hotspots names the verdict, the first check at a tie
    shares = np.stack(
        [
            measures.by_event(heat.explained),
            measures.by_event(burn.explained & ~heat.explained),
            measures.by_event(forest.explained & ~burn.explained & ~heat.explained),
        ]
    )
    names = np.array(["heat_source", "permitted", "outside_forest"], dtype=object)
    verdict = names[np.argmax(shares, axis=0)]
    provisional = (burn.doubtful & (shares[1] > 0)) | (forest.doubtful & (shares[2] > 0))
    verdict[(open_count > 0) | must_ask] = "unresolved"
    broken = np.zeros(count, dtype=bool)
    broken[[event for event, _ in burn.broken]] = True
    verdict[broken] = "permit_violation"
    provisional &= ~np.isin(verdict, ("unresolved", "permit_violation"))
    ladder: list[list[Reason]] = [[] for _ in range(count)]
    for event, mine in rows[person].groupby("event")["satellite"]:
        ladder[int(str(event))].append(sentences.ground_report(sorted(mine.unique()), len(mine)))
    for event in np.flatnonzero((seen == 0) & (people == 0)):
        ladder[event].append(sentences.ahi_alone(int(total[event])))
    for position, reason in (*heat.tried, *burn.tried, *burn.broken, *forest.tried):
        ladder[position].append(reason)
    unsolved = open_count + people + np.where(seen == 0, total, 0)
    for event in np.flatnonzero(verdict == "unresolved"):
        unexplained = min(int(unsolved[event]), int(total[event]))
        ladder[event].append(sentences.unexplained(unexplained, int(total[event])))
    for event in np.flatnonzero(burn.doubtful | forest.doubtful):
        ladder[event] = _in_order(ladder[event])
    return verdict, provisional, ladder


_UNCONFIRMED = ("permit.confirmed", "forest.confirmed")


def _in_order(reasons: list[Reason]) -> list[Reason]:
    """What is still to be confirmed last, so that it is read last."""
    return sorted(reasons, key=lambda reason: reason.rule in _UNCONFIRMED)


def _explained_by(verdict: NDArray[np.object_], heat: Check, burn: Check) -> NDArray[np.object_]:
    """Register id behind each verdict, None without one."""
    found = np.full(len(verdict), None, dtype=object)
    for name, by in {
        "heat_source": heat.by,
        "permitted": burn.by,
        "permit_violation": burn.by,
    }.items():
        mine = verdict == name
        found[mine] = by[mine]
    return found


def _main_zone(measures: Measures) -> NDArray[np.object_]:
    """Zone with the largest share in a footprint of each event, the smaller id at a tie."""
    rows = measures.hotspots
    found = np.full(measures.count, None, dtype=object)
    code, ids = pd.factorize(rows["zone_id"], sort=True)
    event = rows["event"].to_numpy()
    order = np.lexsort((-code, rows["forest_share"].to_numpy(), event))
    order = order[code[order] >= 0]  # the best of each event is written last
    found[event[order]] = np.asarray(ids, dtype=object)[code[order]]
    return found
