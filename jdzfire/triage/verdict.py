"""The verdict: explained only when every hotspot a polar orbiter saw is explained.

Order of the tests: a person's report is never silenced; AHI alone never silences; then, hotspot
by hotspot, heat source, permit, outside forest. A permit that holds in place but not in time,
size or weather makes a violation, which stays on the map. In doubt, unresolved.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.schemas import (
    COARSE_INSTRUMENTS,
    ORBITERS,
    VERDICTS,
    Reason,
    conform,
    empty_table,
    encode_reasons,
)
from jdzfire.terrain import cover_shares
from jdzfire.triage import reasons as say
from jdzfire.triage.candidates import match_permits, match_sources
from jdzfire.triage.ground import Ground
from jdzfire.triage.places import name_places
from jdzfire.triage.priority import rank_event
from jdzfire.triage.rules import TriageRules, rules_version
from jdzfire.weather import sample_weather
from jdzfire.zones import forest_shares

__all__ = ["decide_verdicts"]


@dataclass(frozen=True)
class _Evidence:
    """All that was measured on the hotspots of one event."""

    hotspots: pd.DataFrame
    """Judged hotspots: instrument, satellite, acquired_at, frp_mw, forest_share, weather."""
    permits: pd.DataFrame
    """Pairs with permits."""
    sources: pd.DataFrame
    """Pairs with heat sources."""


def decide_verdicts(
    events: gpd.GeoDataFrame,
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    members: pd.DataFrame,
    ground: Ground,
    *,
    at: datetime,
    rules: TriageRules | None = None,
    settled: pd.Series | None = None,
) -> pd.DataFrame:
    """Verdict, reasons and priority of each event.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
        Merged ones are left out of the result.
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points]
        At least all members of these events.
    footprints : GeoSeries [EPSG:4326 polygons], same rows as hotspots
    members : DataFrame [MEMBERS]
    ground : Ground
    at : datetime
        Now.
    rules : TriageRules, optional
    settled : Series of times indexed by event_id, optional
        When people last closed the event's case: hotspots up to then are answered and only
        later ones are judged. Where none is later, all are judged.

    Returns
    -------
    DataFrame [VERDICTS], at most n rows, sorted by event_id
    """
    rules = rules or TriageRules()
    standing = events[events["merged_into"].isna()].sort_values("event_id")
    if standing.empty:
        none: pd.DataFrame = empty_table(VERDICTS)
        return none
    owner = members.set_index("hotspot_id")["event_id"].reindex(hotspots["hotspot_id"])
    rows = hotspots.assign(event_id=owner.to_numpy(), footprint=np.asarray(footprints))
    rows = rows[rows["event_id"].isin(standing["event_id"])]
    judged = rows[_is_judged(rows, settled)].reset_index(drop=True)
    areas = gpd.GeoSeries(judged["footprint"], crs=hotspots.crs)
    judged = judged.drop(columns="footprint").join(forest_shares(areas, ground.zones))
    judged = judged.join(_weather(judged, ground)).assign(tree_share=_tree_share(areas, ground))
    permits = match_permits(judged, areas, ground, rules)
    sources = match_sources(judged, areas, ground, rules)
    event_of = judged.set_index("hotspot_id")["event_id"]
    permits_of = dict(iter(permits.groupby(event_of.reindex(permits["hotspot_id"]).to_numpy())))
    sources_of = dict(iter(sources.groupby(event_of.reindex(sources["hotspot_id"]).to_numpy())))
    hotspots_of = dict(iter(judged.groupby("event_id")))
    places = name_places(standing, ground)
    names = ground.sources.set_index("source_id")["name"]
    lots = ground.permits.set_index("permit_id")["area_ha"]
    decided = []
    for event, place in zip(
        standing.itertuples(index=False), places.itertuples(index=False), strict=True
    ):
        evidence = _Evidence(
            hotspots_of[event.event_id],
            permits_of.get(event.event_id, permits.iloc[:0]),
            sources_of.get(event.event_id, sources.iloc[:0]),
        )
        verdict, explained_by, reasons = _judge(evidence, rules, names=names, lots=lots)
        priority, parts = rank_event(
            event, evidence.hotspots, verdict=verdict, settlement_m=place.settlement_m
        )
        decided.append(
            {
                "event_id": event.event_id,
                "verdict": verdict,
                "explained_by": explained_by,
                "reasons": encode_reasons(reasons),
                "priority": priority,
                "priority_parts": json.dumps(parts, sort_keys=True),
                "forest_share": evidence.hotspots["forest_share"].max(),
                "zone_id": _main_zone(evidence.hotspots),
                "county": place.county,
                "township": place.township,
                "place": place.place,
                "rules_version": rules_version(rules),
                "decided_at": pd.Timestamp(at),
            }
        )
    return conform(pd.DataFrame(decided), VERDICTS)


def _is_judged(rows: gpd.GeoDataFrame, settled: pd.Series | None) -> pd.Series:
    everything = pd.Series(True, index=rows.index)
    if settled is None or settled.empty:
        return everything
    until = settled.reindex(rows["event_id"]).set_axis(rows.index)
    later: pd.Series = until.isna() | (rows["acquired_at"] > until)
    has_later = later.groupby(rows["event_id"]).transform("any")
    return later.where(has_later, everything)


def _weather(judged: gpd.GeoDataFrame, ground: Ground) -> pd.DataFrame:
    columns = ["danger_grade", "wind_force"]
    if ground.danger is None or judged.empty:
        return pd.DataFrame(np.nan, index=judged.index, columns=columns)
    sampled = sample_weather(
        ground.danger, judged.geometry.x, judged.geometry.y, judged["acquired_at"]
    )
    return sampled[columns].astype("float64").set_axis(judged.index)


def _tree_share(areas: gpd.GeoSeries, ground: Ground) -> pd.Series:
    if ground.landcover is None:
        return pd.Series(np.nan, index=areas.index)
    return cover_shares(areas, ground.landcover)


def _main_zone(hotspots: pd.DataFrame) -> str | None:
    known = hotspots.dropna(subset="zone_id")
    if known.empty:
        return None
    return str(
        known.sort_values(["forest_share", "zone_id"], ascending=[False, True])["zone_id"].iloc[0]
    )


def _judge(
    evidence: _Evidence, rules: TriageRules, *, names: pd.Series, lots: pd.Series
) -> tuple[str, str | None, list[Reason]]:
    """Verdict, what explains it, and the reasons in the order tried."""
    hotspots = evidence.hotspots
    people = hotspots[hotspots["instrument"] == "PERSON"]
    seen = hotspots[hotspots["instrument"].isin(ORBITERS)]
    heat, heat_reasons = _on_sources(seen, evidence.sources, names)
    burn, burn_reasons, violations = _on_permits(evidence, seen, rules, lots)
    outside, forest_reasons = _outside_forest(hotspots, seen, rules)
    ladder = [*heat_reasons, *burn_reasons, *violations, *forest_reasons]
    explained = heat | burn | outside
    open_ids = [i for i in seen["hotspot_id"] if i not in explained]
    if len(people):
        ladder.insert(0, say.ground_report(sorted(people["satellite"].unique()), len(people)))
    elif seen.empty:
        ladder.insert(0, say.ahi_alone(len(hotspots)))
    must_ask = len(people) > 0 or seen.empty
    permit_ids = sorted(
        {str(r.measured["permit_id"]) for r in burn_reasons if r.rule == "permit.place" and burn}
    )
    if violations:
        return "permit_violation", _permit_of(violations, permit_ids), ladder
    if open_ids or must_ask:
        unsolved = len(open_ids) + len(people) + (len(hotspots) if seen.empty else 0)
        ladder.append(say.unexplained(min(unsolved, len(hotspots)), len(hotspots)))
        return "unresolved", None, ladder
    # of several explanations the one of most hotspots names the verdict, the first rung at a tie
    shares = {
        "heat_source": heat,
        "permitted": burn - heat,
        "outside_forest": outside - burn - heat,
    }
    verdict = max(shares, key=lambda name: len(shares[name]))
    if verdict == "permitted":
        return verdict, permit_ids[0], ladder
    if verdict == "heat_source":
        usual = evidence.sources[evidence.sources["is_usual"]]
        return verdict, str(usual["source_id"].mode().iloc[0]), ladder
    return verdict, None, ladder


def _permit_of(violations: list[Reason], permit_ids: list[str]) -> str | None:
    named = [str(r.measured["permit_id"]) for r in violations if "permit_id" in r.measured]
    return (named + permit_ids)[0] if named or permit_ids else None


def _on_sources(
    seen: pd.DataFrame, pairs: pd.DataFrame, names: pd.Series
) -> tuple[set[str], list[Reason]]:
    """Hotspots explained by heat sources, and why."""
    if seen.empty:
        return set(), []
    usual = pairs[pairs["is_usual"] & pairs["hotspot_id"].isin(seen["hotspot_id"])]
    usual = usual.drop_duplicates("hotspot_id")
    brighter = pairs[~pairs["hotspot_id"].isin(usual["hotspot_id"])]
    found: list[Reason] = []
    for source_id, group in usual.groupby("source_id"):
        found.append(say.source_match(_name(names, source_id), group, len(seen)))
    for source_id, group in brighter.groupby("source_id"):
        found.append(say.source_brighter(_name(names, source_id), group))
    if not found:
        found.append(say.no_source(len(seen)))
    return set(usual["hotspot_id"]), found


def _name(names: pd.Series, source_id: Any) -> str:
    name = names.get(source_id)
    return str(source_id) if name is None or pd.isna(name) else str(name)


def _on_permits(
    evidence: _Evidence, seen: pd.DataFrame, rules: TriageRules, lots: pd.Series
) -> tuple[set[str], list[Reason], list[Reason]]:
    """Hotspots explained by permits, why, and what breaks them."""
    if seen.empty:
        return set(), [], []
    pairs = evidence.permits
    placed = pairs[pairs["is_place"] & pairs["hotspot_id"].isin(seen["hotspot_id"])]
    if placed.empty:
        near = pairs.sort_values(["distance_m", "permit_id"])
        reason = say.permit_near_miss(near.iloc[0]) if len(near) else say.no_permit(rules)
        return set(), [reason], []
    best = placed.drop_duplicates("hotspot_id")
    inside = best[best["is_time"]]
    met = [
        say.permit_place(group, len(seen)) for _, group in inside.groupby("permit_id", sort=True)
    ]
    broken = [
        say.permit_time(group.sort_values("hotspot_id").iloc[0], rules)
        for _, group in best[~best["is_time"]].groupby("permit_id", sort=True)
    ]
    beyond = seen[~seen["hotspot_id"].isin(placed["hotspot_id"])]
    is_field = (beyond["forest_share"] < rules.outside_max_share) & ~(
        beyond["tree_share"] >= rules.outside_max_tree_share
    )
    beyond = beyond[~is_field]
    beyond = beyond[~beyond["hotspot_id"].isin(_usual_ids(evidence.sources))]
    if len(beyond):
        broken.append(say.permit_drift(len(beyond), str(best["permit_id"].iloc[0])))
    broken.extend(_oversize(seen, inside, lots))
    weather = _burn_weather(seen, inside, rules)
    (broken if weather and weather.outcome == "failed" else met).extend(
        [weather] if weather else []
    )
    return set(inside["hotspot_id"]), met, broken


def _usual_ids(sources: pd.DataFrame) -> set[str]:
    return set(sources.loc[sources["is_usual"], "hotspot_id"])


def _oversize(seen: pd.DataFrame, inside: pd.DataFrame, lots: pd.Series) -> list[Reason]:
    """Passes in which more pixels were lit than a lot of that area can touch.

    A lot as wide as the circle of its area, d, touches at most (d / p + 1) pixels of width p in
    each direction; the next whole number is allowed.
    """
    found = []
    for permit_id, group in inside.groupby("permit_id", sort=True):
        area_ha = lots.get(permit_id)
        if area_ha is None or pd.isna(area_ha):
            continue
        width_km = 2.0 * math.sqrt(float(area_ha) / 100.0 / math.pi)
        rows = seen[seen["hotspot_id"].isin(group["hotspot_id"])]
        for _, one_pass in rows.groupby(["satellite", "acquired_at"]):
            scan, track = one_pass["scan_km"].min(), one_pass["track_km"].min()
            if pd.isna(scan) or pd.isna(track):
                continue
            allowed = math.ceil((width_km / scan + 1.0) * (width_km / track + 1.0))
            if len(one_pass) > allowed:
                found.append(
                    say.permit_oversize(len(one_pass), allowed, str(permit_id), float(area_ha))
                )
                break
    return found


def _burn_weather(seen: pd.DataFrame, inside: pd.DataFrame, rules: TriageRules) -> Reason | None:
    """Worst danger grade and wind of the days on which the lot was seen burning."""
    rows = seen[seen["hotspot_id"].isin(inside["hotspot_id"])]
    if rows.empty:
        return None
    grade, wind = rows["danger_grade"].max(), rows["wind_force"].max()
    return say.permit_weather(
        None if pd.isna(grade) else float(grade), None if pd.isna(wind) else float(wind), rules
    )


def _outside_forest(
    hotspots: pd.DataFrame, seen: pd.DataFrame, rules: TriageRules
) -> tuple[set[str], list[Reason]]:
    """Hotspots outside forest, and the shares that say so.

    A fire the geostationary sensor places in forest is never outside it, whatever smaller
    pixels of the same fire show.
    """
    share, trees = hotspots["forest_share"].max(), seen["tree_share"].max()
    if pd.isna(share):
        return set(), [say.forest_unknown()]
    is_outside = (seen["forest_share"] < rules.outside_max_share) & ~(
        seen["tree_share"] >= rules.outside_max_tree_share
    )
    ahi = hotspots[hotspots["instrument"].isin(COARSE_INSTRUMENTS)]
    has_ahi_in_forest = bool((ahi["forest_share"] >= rules.outside_max_share).any())
    outside = set() if has_ahi_in_forest else set(seen.loc[is_outside, "hotspot_id"])
    is_far = share < rules.outside_max_share
    found = [
        say.outside_forest(float(share), rules) if is_far else say.in_forest(float(share), rules)
    ]
    if not pd.isna(trees):
        found.append(say.tree_cover(float(trees), rules))
    return outside, found
