"""Measure what the rules do to real records; docs/make_real_data.py writes the page of it.

Each function takes the folder of the real data, which are no part of the repository, and gives
figures derived from them.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from shapely import STRtree

from jdzfire import schemas
from jdzfire.crs import metric_crs
from jdzfire.evaluation.chance import chance_level
from jdzfire.evaluation.plain_rules import PLAIN_RULES, explained_plainly
from jdzfire.evaluation.replay import replay_cycles
from jdzfire.evaluation.shown import find_questions
from jdzfire.events.book import EventBook
from jdzfire.events.join import Joined, join_events
from jdzfire.events.rules import EventRules
from jdzfire.feeds.registers import Declared, read_register
from jdzfire.feeds.registry import read_hotspots
from jdzfire.hotspots.footprints import footprints
from jdzfire.hotspots.identity import hotspot_id
from jdzfire.registers.source_proposals import ProposalRules, propose_sources
from jdzfire.registers.static_sites import score_against_sites, site_shapes, static_sites
from jdzfire.schemas import EVENTS, HOTSPOTS, MEMBERS, conform, empty_table
from jdzfire.triage.candidates import match_permits
from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.triage.rules import Rules

AT = datetime(2026, 11, 23, tzinfo=UTC)
"""When the files were read."""

UKRAINE_SP = "firms/other_regions/ukraine_fire_archive_SV-C2_272178.csv"
UKRAINE_NRT = "firms/other_regions/ukraine_fire_nrt_SV-C2_272179.csv"
PFIRS = "burn_permits/california_PFIRS_2017-2022.csv"
CALIFORNIA = "firms/california_modis_nrt_snapshots_2021-12_2022-12.csv"
CALMAPPER = "burn_permits/viirs_overlap_calmapper.csv"
CREEK = "fire_events/creek_fire_2020_snpp_feds_preprocessed.csv"
GLOBE = "firms/global/MODIS_C6_1_Global_24h_2022-02-27.csv"
SNAPSHOTS = "firms/sechina_modis_nrt_snapshots_2021-12_2024-11.csv"
CITY = "admin/datav_gcj02/citys_360200.json"
FILES = (UKRAINE_SP, UKRAINE_NRT, PFIRS, CALIFORNIA, CALMAPPER, CREEK, GLOBE, SNAPSHOTS, CITY)

PACIFIC = "America/Los_Angeles"
CALIFORNIA_BOUNDS = (-124.6, 32.0, -114.0, 42.1)
COUNTY_KM = 48.0
"""Radius of a circle as large as the mean county of California: 423,970 km2 in 58 counties [K]."""
SHUFFLES = 200
SEED = 1
VEGETATION, OFFSHORE = 0, 3
"""FIRMS types [V, field notes section 4]; offshore is any hotspot over water [K]."""
STATIC = 2
SITE_RADIUS_M = 250.0
"""Of sites drawn about the middles of their hotspots: two thirds of a VIIRS pixel [K]."""
LATENCY = timedelta(hours=3)
FIRST_WEEKS = timedelta(days=14)
AGAIN_DATES = 3
"""On so many dates a place must be hot a year later to be hot again."""


def read_firms(folder: Path, name: str) -> gpd.GeoDataFrame:
    """Hotspots of a file."""
    raw = (folder / name).read_bytes()
    return read_hotspots("firms", raw, source_name=name, received_at=AT).table


# heat sources


def measure_sources(folder: Path) -> dict[str, Any]:
    """Proposals on the Ukraine archive of 2021 beside NASA's own static sources."""
    rows = read_firms(folder, UKRAINE_SP)
    blind = rows.assign(source_type=pd.array([pd.NA] * len(rows), dtype="Int64"))
    sites = static_sites(rows)
    found = propose_sources(blind)
    score = score_against_sites(found, sites, rows)
    later = read_firms(folder, UKRAINE_NRT)
    again = _dates_near(found, later)
    fires = rows[rows["source_type"].eq(VEGETATION)]
    fires = fires.sample(1000, random_state=SEED)
    places = pd.DataFrame({"lon": fires.geometry.x, "lat": fires.geometry.y})
    is_other = ~score.is_right
    others = found[is_other].assign(
        nearest_km=score.nearest_m[is_other] / 1000.0,
        again=again[is_other],
        type_0=_count_near(found[is_other], rows[rows["source_type"].eq(VEGETATION)]),
        type_3=_count_near(found[is_other], rows[rows["source_type"].eq(OFFSHORE)]),
    )
    by_dates = []
    for dates in (3, 4, 5, 6, 8, 10, 15):
        some = propose_sources(blind, rules=ProposalRules(min_dates=dates))
        one = score_against_sites(some, sites, rows)
        by_dates.append((dates, len(some), int(one.is_right.sum()), int(one.is_found.sum())))
    by_gap = []
    for gap_m in (300.0, 500.0, 700.0, 1000.0):
        other = static_sites(rows, gap_m=gap_m)
        one = score_against_sites(found, other, rows)
        by_gap.append((int(gap_m), len(other), int(one.is_found.sum())))
    return {
        "hotspots": len(rows),
        "types": rows["source_type"].value_counts().to_dict(),
        "all_sites": len(static_sites(rows, min_dates=1)),
        "sites": sites,
        "proposed": len(found),
        "right": int(score.is_right.sum()),
        "found": int(score.is_found.sum()),
        "missed": sites[~score.is_found],
        "others": others,
        "again_right": int((again[score.is_right] >= AGAIN_DATES).sum()),
        "again_others": int((again[is_other] >= AGAIN_DATES).sum()),
        "again_fires": float((_dates_near(places, later) >= AGAIN_DATES).mean()),
        "by_dates": by_dates,
        "by_gap": by_gap,
        "same_with_types": found["proposal_id"].equals(propose_sources(rows)["proposal_id"]),
    }


def measure_works(folder: Path) -> dict[str, Any]:
    """Registered industrial sites that are always hot: how often they are asked about.

    Every site of NASA's static sources is registered as a heat source, without a start; its own
    hotspots (type 2) come in pass by pass. There is nothing else to see: each question is one too
    many.
    """
    rows = read_firms(folder, UKRAINE_SP)
    shapes = site_shapes(rows)
    sites = gpd.GeoDataFrame(
        dict.fromkeys(schemas.HEAT_SOURCES.columns)
        | {"source_id": [f"SITE{number:03d}" for number in range(len(shapes))]}
        | {"kind": "other", "radius_m": SITE_RADIUS_M, "geometry": shapes.to_numpy()},
        crs="EPSG:4326",
    )
    context = prepare_context(
        permits=empty_table(schemas.PERMITS),
        zones=empty_table(schemas.ZONES),
        heat_sources=conform(sites, schemas.HEAT_SOURCES),
        admin=empty_table(schemas.ADMIN),
        settlements=empty_table(schemas.SETTLEMENTS),
    )
    static = rows[rows["source_type"].eq(STATIC)]
    static = static[static.geometry.intersects(shapes.union_all().buffer(1e-6))]
    static = static.assign(received_at=static["acquired_at"] + LATENCY)
    replay = replay_cycles(static.reset_index(drop=True), context)
    asked = find_questions(replay)
    quarters = (static["acquired_at"].max() - static["acquired_at"].min()).days / (365.25 / 4)
    return {
        "works": len(sites),
        "hotspots": len(static),
        "explained": float((replay.arrivals["verdict"] == "heat_source").mean()),
        "questions": len(asked),
        "a_quarter": len(asked) / len(sites) / quarters,
        "first_weeks": int((asked["cycle_at"] < asked["cycle_at"].min() + FIRST_WEEKS).sum()),
        "days": (static["acquired_at"].max() - static["acquired_at"].min()).days,
    }


def _balls(places: pd.DataFrame, rows: gpd.GeoDataFrame) -> Any:
    west, south, east, north = (float(value) for value in rows.total_bounds)
    crs = metric_crs((west, south, east, north))
    there = gpd.GeoSeries(gpd.points_from_xy(places["lon"], places["lat"]), crs=4326).to_crs(crs)
    metric = rows.geometry.to_crs(crs)
    tree = cKDTree(np.column_stack([metric.x, metric.y]))
    return tree.query_ball_point(np.column_stack([there.x, there.y]), ProposalRules().near_m)


def _dates_near(places: pd.DataFrame, rows: gpd.GeoDataFrame) -> Any:
    """On how many dates each place was hot."""
    day = rows["acquired_at"].dt.floor("D").to_numpy()
    return np.array([len(np.unique(day[ball])) for ball in _balls(places, rows)], dtype=int)


def _count_near(places: pd.DataFrame, rows: gpd.GeoDataFrame) -> Any:
    return np.array([len(ball) for ball in _balls(places, rows)], dtype=int)


# burns


def measure_burns(folder: Path, *, shuffles: int = SHUFFLES) -> dict[str, Any]:
    """Prescribed burns of California beside MODIS, and beside chance."""
    said = Declared(
        datum="wgs84",
        assume={"status": "executed"},
        time_zone=PACIFIC,
        region=CALIFORNIA_BOUNDS,
    )
    reading = read_register(
        "permits",
        (folder / PFIRS).read_bytes(),
        source_name="burns.csv",
        received_at=AT,
        declared=said,
    )
    burns = reading.table.reset_index(drop=True)
    spots = read_firms(folder, CALIFORNIA)
    context = _ground_of(burns)
    day, spot_day = (
        values.dt.tz_convert(PACIFIC).dt.date
        for values in (burns["valid_from"], spots["acquired_at"])
    )
    pairs = match_permits(spots, context, Rules())
    explained = pairs[pairs["is_explained"]]
    counters: dict[str, Callable[[pd.DataFrame], int]] = {
        "ours": lambda dealt: _explained_by_ours(spots, context, dealt),
        PLAIN_RULES[1]: lambda dealt: int(
            explained_plainly(spots, gpd.GeoDataFrame(dealt), context.admin, PLAIN_RULES[1]).sum()
        ),
        f"{COUNTY_KM:.0f} km, same day": _near_on_the_day(spots, burns, COUNTY_KM),
    }
    months = burns["valid_from"].dt.tz_convert(PACIFIC).dt.month.to_numpy()
    levels = {
        (name, "all burns" if groups is None else "burns of one month"): chance_level(
            burns, count, shuffles=shuffles, seed=SEED, groups=groups
        )
        for name, count in counters.items()
        for groups in (None, months)
    }
    reasons = reading.rejected["reason"].value_counts()
    return {
        "records": len(burns) + len(reading.rejected),
        "impossible": int(reasons[reasons.index.str.startswith("position")].sum()),
        "repeated": int(reasons.get("duplicate_id", 0) + reasons.get("id_again", 0)),
        "burns": len(burns),
        "hotspots": len(spots),
        "days": int(spot_day.nunique()),
        "burns_on_days": int(day.isin(set(spot_day)).sum()),
        "burns_matched": int(explained["permit_id"].nunique()),
        "levels": levels,
    }


def _ground_of(permits: gpd.GeoDataFrame) -> TriageContext:
    return prepare_context(
        permits=permits,
        zones=empty_table(schemas.ZONES),
        heat_sources=empty_table(schemas.HEAT_SOURCES),
        admin=empty_table(schemas.ADMIN),
        settlements=empty_table(schemas.SETTLEMENTS),
    )


def _explained_by_ours(spots: gpd.GeoDataFrame, context: TriageContext, dealt: pd.DataFrame) -> int:
    """Hotspots a permit explains by place and time; ``dealt`` in the order of the ground's."""
    times = {name: dealt[name].to_numpy() for name in ("valid_from", "valid_to")}
    lots = context.permits.assign(
        **{name: pd.Series(dealt[name].array, index=context.permits.index) for name in times}
    )
    pairs = match_permits(spots, replace(context, permits=lots), Rules())
    return int(pairs.loc[pairs["is_explained"], "row"].nunique())


def _near_on_the_day(
    spots: gpd.GeoDataFrame, burns: gpd.GeoDataFrame, reach_km: float
) -> Callable[[pd.DataFrame], int]:
    """Counter of the hotspots with a burn of their local day within reach."""
    west, south, east, north = (float(value) for value in burns.total_bounds)
    crs = metric_crs((west, south, east, north))
    here, there = spots.geometry.to_crs(crs), burns.geometry.to_crs(crs)
    tree = cKDTree(np.column_stack([there.x, there.y]))
    near = tree.query_ball_point(np.column_stack([here.x, here.y]), reach_km * 1000.0)
    spot_day = _local_day(spots["acquired_at"])

    def count(dealt: pd.DataFrame) -> int:
        day = _local_day(dealt["valid_from"])
        return sum(bool((day[ball] == own).any()) for ball, own in zip(near, spot_day, strict=True))

    return count


def _local_day(times: pd.Series) -> Any:
    local = times.dt.tz_convert(PACIFIC).dt.tz_localize(None)
    return local.dt.floor("D").astype("int64").to_numpy()


def measure_windows(folder: Path) -> dict[str, Any]:
    """Published matches of VIIRS with activities, by our reading of their times."""
    table = pd.read_csv(folder / CALMAPPER)
    at = pd.to_datetime(table["datetime"], utc=True)
    day = timedelta(days=1)
    start, end = (
        pd.to_datetime(table[name].str[:10]).dt.tz_localize(PACIFIC).dt.tz_convert("UTC")
        for name in ("ACTIVITY_START", "ACTIVITY_END")
    )
    grace = timedelta(hours=Rules().triage.smoulder_h)
    return {
        "matches": len(table),
        "activities": int(table["AQ_ID"].nunique()),
        "days_median": float(((end - start) / day).median()),
        "inside": int(((at >= start) & (at < end + day)).sum()),
        "inside_or_grace": int(((at >= start) & (at < end + day + grace)).sum()),
        "first_day": int(((at >= start) & (at < start + day)).sum()),
    }


# one large fire


def read_creek(folder: Path) -> gpd.GeoDataFrame:
    """The Creek Fire as hotspots, by time.

    ``DT`` is the pixel along the scan and ``DS`` along the track, whatever their names: they
    run from 0.32 to 0.80 and from 0.36 to 0.78 km, as ``scan`` and ``track`` do in FIRMS.
    """
    data = pd.read_csv(io.BytesIO((folder / CREEK).read_bytes()))
    at = pd.to_datetime(data["datetime"], utc=True).astype("datetime64[us, UTC]")
    lon, lat = data["Lon"].to_numpy(dtype=float), data["Lat"].to_numpy(dtype=float)
    table = gpd.GeoDataFrame(
        {
            **{name: pd.Series([None] * len(data)) for name in HOTSPOTS.columns},
            "feed": "feds",
            "satellite": "S-NPP",
            "instrument": "VIIRS",
            "product": "SP",
            "acquired_at": at,
            "received_at": at,
            "scan_km": data["DT"],
            "track_km": data["DS"],
            "frp_mw": data["FRP"],
            "is_day": data["ampm"].eq("PM"),
            "raw_sha256": "0" * 64,
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs="EPSG:4326",
    )
    table["hotspot_id"] = hotspot_id(table["satellite"], table["acquired_at"], lon, lat)
    once = table.drop_duplicates("hotspot_id").sort_values(["acquired_at", "hotspot_id"])
    return conform(once, HOTSPOTS)


def measure_creek(folder: Path, *, passes: int | None = None) -> dict[str, Any]:
    """One fire of 84 days, fed pass by pass and at once."""
    rows = read_creek(folder)
    number = (rows["acquired_at"].diff() > timedelta(minutes=30)).cumsum()
    rows = rows[number < passes] if passes else rows
    book, first_ids, seconds = EventBook(), frozenset[str](), 0.0
    held: dict[str, str] = {}
    changed = 0
    for _, group in rows.groupby(number.loc[rows.index]):
        began = time.perf_counter()
        book.add(group, at=group["acquired_at"].max())
        seconds += time.perf_counter() - began
        merged = book.events(at=AT).set_index("event_id")["merged_into"]
        now = book.members.set_index("hotspot_id")["event_id"].to_dict()
        for spot, event in held.items():
            if now[spot] != event and pd.isna(merged[event]):
                changed += 1
        held = now
        first_ids = first_ids or frozenset(now.values())
    began = time.perf_counter()
    at_once = _joined_at_once(rows, EventRules())
    seconds_once = time.perf_counter() - began
    both = book.members.merge(at_once.members, on="hotspot_id")
    pairs = both[["event_id_x", "event_id_y"]].drop_duplicates()
    events = book.events(at=AT)
    live = events[events["merged_into"].isna()]
    main = live.loc[live["hotspot_count"].idxmax()]
    return {
        "hotspots": len(rows),
        "passes": int(number.loc[rows.index].nunique()),
        "events": len(live),
        "merged": int(events["merged_into"].notna().sum()),
        "largest_share": float(main["hotspot_count"] / len(rows)),
        "largest_keeps_first_id": first_ids == {main["event_id"]},
        "renamed": changed,
        "same_at_once": len(pairs) == len(live) == len(both["event_id_y"].unique()),
        "sizes": sorted(live["hotspot_count"].tolist(), reverse=True),
        "apart_m": _distances_m(live, str(main["event_id"])),
        "again": _seen_again(rows, book.members, str(main["event_id"])),
        "seconds": seconds,
        "seconds_once": seconds_once,
    }


def measure_creek_rules(folder: Path) -> list[tuple[float, float, float, int, float]]:
    """Gap, link and end beside the number of events and the largest's share."""
    rows = read_creek(folder)
    found = []
    for gap_m, link_h, end_h in (
        (0.0, 24.0, 120.0),
        (375.0, 24.0, 120.0),
        (500.0, 24.0, 120.0),
        (750.0, 24.0, 120.0),
        (1000.0, 24.0, 120.0),
        (500.0, 12.0, 120.0),
        (500.0, 48.0, 120.0),
        (500.0, 120.0, 120.0),
        (500.0, 24.0, 240.0),
    ):
        rules = EventRules(gap_m=gap_m, link_h=link_h, end_h=end_h)
        events = _joined_at_once(rows, rules).events
        counts = events.loc[events["merged_into"].isna(), "hotspot_count"]
        found.append((gap_m, link_h, end_h, len(counts), float(counts.max() / counts.sum())))
    return found


def _joined_at_once(hotspots: gpd.GeoDataFrame, rules: EventRules) -> Joined:
    return join_events(
        hotspots,
        footprints(hotspots),
        events=empty_table(EVENTS),
        members=empty_table(MEMBERS),
        at=AT,
        rules=rules,
    )


def _distances_m(live: gpd.GeoDataFrame, main_id: str) -> list[float]:
    """Of each smaller event: how far from all the ground the largest ever covered."""
    west, south, east, north = (float(value) for value in live.total_bounds)
    metric = live.to_crs(metric_crs((west, south, east, north)))
    is_main = metric["event_id"] == main_id
    whole = metric.loc[is_main].geometry.iloc[0]
    return [float(value) for value in metric.loc[~is_main].geometry.distance(whole)]


def _seen_again(rows: gpd.GeoDataFrame, members: pd.DataFrame, main_id: str) -> int:
    """Smaller events on ground where the largest had been before them."""
    owner = members.set_index("hotspot_id")["event_id"].reindex(rows["hotspot_id"])
    is_main = (owner == main_id).to_numpy()
    shapes = footprints(rows).to_numpy()
    at = rows["acquired_at"].astype("int64").to_numpy()
    small, large = STRtree(shapes[is_main]).query(shapes[~is_main], predicate="intersects")
    later = at[~is_main][small] > at[is_main][large]
    return len(set(owner[~is_main].to_numpy()[small[later]]))


# a day at home


def measure_fuliang(folder: Path) -> dict[str, Any]:
    """The hotspots of 26 and 27 February 2022 in the city: events and counties."""
    spots = read_firms(folder, GLOBE)
    raw = (folder / CITY).read_bytes()
    right, misread = (
        read_register(
            "admin", raw, source_name=CITY, received_at=AT, declared=Declared(datum=datum)
        ).table
        for datum in ("gcj02", None)
    )
    names, wrong = _counties(spots, right), _counties(spots, misread)
    more = read_firms(folder, SNAPSHOTS)
    more_names, more_wrong = _counties(more, right), _counties(more, misread)
    events = _joined_at_once(spots.loc[names.index], EventRules()).events
    return {
        "hotspots": len(names),
        "counties": names.value_counts().to_dict(),
        "sizes": sorted(events["hotspot_count"].tolist(), reverse=True),
        "moved": int((wrong.reindex(names.index) != names).sum()),
        "seen": len(more_names),
        "seen_moved": int((more_wrong.reindex(more_names.index) != more_names).sum()),
    }


def _counties(spots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """County of each hotspot that lies in one."""
    named: pd.Series = spots.sjoin(areas[["name", "geometry"]], predicate="within")["name"]
    return named
