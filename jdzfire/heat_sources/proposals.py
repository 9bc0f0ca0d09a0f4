"""Places that look like fixed heat sources: hot on many dates over months, always at one place.

A proposal decides nothing. A person looks at it, names the works, and registers it with an end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jdzfire.crs import metric_crs
from jdzfire.schemas import ORBITERS, PROPOSALS, conform, empty_table

__all__ = ["ProposalRules", "propose_sources"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class ProposalRules:
    """What a place must show before a person is asked about it."""

    near_m: float = 500.0
    """Hotspots this near to its middle belong to a place: half a VIIRS pixel's diagonal and its
    error twice [C]; FIRMS's own mask uses cells of 400 m [V]."""
    min_dates: int = 6
    """Distinct dates it was seen on [K; FIRMS static mask: at least 5 detections a year V, of
    which a copy without a test of dates took wildfires of two days for works V]."""
    min_span_days: int = 60
    """From the first to the last date: no wildfire and no harvest lasts so long [K]."""
    min_months: int = 3
    """Distinct calendar months [K]."""
    burst_days: int = 14
    """A fire burns within so many days [K]."""
    burst_max_share: float = 0.5
    """At most this share of its dates may lie within one such time [K]."""
    spread_max_m: float = 320.0
    """Largest root mean square distance from its middle: a point seen through VIIRS scatters by
    some 200 m [C: 375 m pixel, 100 m error], a hillside evenly lit by 350 m [C]."""
    min_night_share: float = 0.15
    """Least share of hotspots by night: works burn on, fields and burns are lit by day [K]."""
    frp_ratio_max: float = 12.0
    """Largest 95th percentile of FRP over the median: works burn evenly [K]."""
    trees_max_share: float = 0.9
    """Not in the middle of a wood [K]."""
    min_answers: int = 2
    """So often people must have found works at a place to propose it by their word alone [K]."""


def propose_sources(
    hotspots: gpd.GeoDataFrame,
    *,
    known: gpd.GeoDataFrame | None = None,
    tree_share: NDArray[np.float64] | None = None,
    answers: gpd.GeoSeries | None = None,
    rules: ProposalRules | None = None,
) -> pd.DataFrame:
    """Places that may be fixed heat sources, the best proven first.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        Of months, better of a year. Only polar orbiters count.
    known : GeoDataFrame [HEAT_SOURCES], optional
        Registered sources: places within ``near_m`` of their ground are not proposed.
    tree_share : array [0-1], n, optional
        Share of each hotspot's footprint under trees.
    answers : GeoSeries [EPSG:4326 points], optional
        Where people found works: twice at one place proposes it, whatever the satellites saw.
    rules : ProposalRules, optional

    Returns
    -------
    DataFrame [PROPOSALS]
        By dates from many to few, then by place. The id is made of the place, so the same works
        is the same proposal next year.

    Notes
    -----
    Every hotspot is asked on how many dates its surroundings were hot; the best are middles,
    moved to the mean of their hotspots; what lies within ``2 near_m`` of a better one belongs to
    it. ``source_type`` 2 of a standard product (NASA's static land source) is told as evidence
    and decides nothing. About n log n, times the neighbours.
    """
    rules = rules or ProposalRules()
    polar = hotspots["instrument"].isin(ORBITERS).to_numpy()
    rows = hotspots[polar].reset_index(drop=True)
    trees = None if tree_share is None else tree_share[polar]
    if rows.empty:
        none: pd.DataFrame = empty_table(PROPOSALS)
        return none
    west, south, east, north = (float(v) for v in rows.total_bounds)
    crs = metric_crs((west, south, east, north))
    metric = rows.geometry.to_crs(crs)
    points = np.column_stack([metric.x, metric.y])
    day = rows["acquired_at"].astype("int64").to_numpy() // _DAY_US
    tree = cKDTree(points)
    found: list[dict[str, Any]] = []
    places = _metric_points(answers, crs)
    for middle in [*_middles(points, day, tree, rules), *_twice_answered(places, rules)]:
        mine = np.array(sorted(tree.query_ball_point(middle, rules.near_m)), dtype=np.int64)
        if not len(mine):
            continue
        told = _describe(rows.iloc[mine], points[mine], day[mine], middle, rules)
        if trees is not None:
            told["tree_share"] = float(pd.Series(trees[mine]).mean())
        told["answers"] = int((np.hypot(*(places - middle).T) <= rules.near_m).sum())
        is_new = all(
            np.hypot(told["x"] - one["x"], told["y"] - one["y"]) > rules.near_m for one in found
        )
        if is_new and (_is_source(told, rules) or told["answers"] >= rules.min_answers):
            found.append(told)
    if not found:
        return pd.DataFrame(empty_table(PROPOSALS))
    table = pd.DataFrame(found)
    places = gpd.GeoSeries(gpd.points_from_xy(table["x"], table["y"]), crs=crs).to_crs(4326)
    table = table.assign(lon=places.x.round(5), lat=places.y.round(5))
    if known is not None and len(known):
        table = table[~_is_known(places, known, crs, rules)]
    table["proposal_id"] = [
        _name(lon, lat) for lon, lat in zip(table["lon"], table["lat"], strict=True)
    ]
    ordered = table.sort_values(["dates", "lon", "lat"], ascending=[False, True, True])
    return conform(ordered, PROPOSALS)


def _middles(points: Floats, day: Ints, tree: cKDTree, rules: ProposalRules) -> list[Floats]:
    """Middles of places hot on enough dates, none within reach of a better one."""
    pairs = tree.query_pairs(rules.near_m, output_type="ndarray")
    selves = np.column_stack([np.arange(len(points))] * 2)
    both = np.concatenate([pairs, pairs[:, ::-1], selves])
    seen = np.unique(np.column_stack([both[:, 0], day[both[:, 1]]]), axis=0)
    dates = np.bincount(seen[:, 0], minlength=len(points))
    enough = np.flatnonzero(dates >= rules.min_dates)
    order = enough[np.lexsort((points[enough, 1], points[enough, 0], -dates[enough]))]
    taken = np.zeros(len(points), dtype=bool)
    middles: list[Floats] = []
    for start in order:
        if taken[start]:
            continue
        middle = points[start]
        for _ in range(3):
            middle = points[tree.query_ball_point(middle, rules.near_m)].mean(axis=0)
        taken[tree.query_ball_point(middle, 2.0 * rules.near_m)] = True
        taken[start] = True
        if all(np.hypot(*(middle - other)) > 2.0 * rules.near_m for other in middles):
            middles.append(middle)
    return middles


def _metric_points(answers: gpd.GeoSeries | None, crs: Any) -> Floats:
    if answers is None or answers.empty:
        return np.empty((0, 2))
    metric = answers.to_crs(crs)
    return np.column_stack([metric.x, metric.y])


def _twice_answered(places: Floats, rules: ProposalRules) -> list[Floats]:
    """Means of answers near each other."""
    tree = cKDTree(places) if len(places) else None
    found: list[Floats] = []
    for place in places:
        if tree is None:
            break
        near = tree.query_ball_point(place, rules.near_m)
        if len(near) >= rules.min_answers:
            found.append(places[near].mean(axis=0))
    return found


def _describe(
    rows: gpd.GeoDataFrame, points: Floats, day: Ints, middle: Floats, rules: ProposalRules
) -> dict[str, Any]:
    days = np.unique(day)
    first, last = rows["acquired_at"].min(), rows["acquired_at"].max()
    within = np.searchsorted(days, days + rules.burst_days) - np.arange(len(days))
    hour = rows["acquired_at"].dt.hour + rows.geometry.x / 15.0
    solar = hour.to_numpy() % 24.0
    told = rows["is_day"]
    by_sun = pd.Series((solar < 6.0) | (solar >= 18.0), index=rows.index)
    night = by_sun.where(told.isna(), ~told.fillna(False).astype(bool))
    frp = rows["frp_mw"].dropna().to_numpy(dtype=float)
    p95, p50 = (float(np.percentile(frp, q)) if len(frp) else np.nan for q in (95, 50))
    static = rows["source_type"].astype("str").eq("2") if "source_type" in rows else None
    return {
        "x": float(middle[0]),
        "y": float(middle[1]),
        "hotspots": len(rows),
        "dates": len(days),
        "months": int(rows["acquired_at"].dt.strftime("%Y-%m").nunique()),
        "first_seen_at": first,
        "last_seen_at": last,
        "burst_share": float(within.max() / len(days)) if len(days) else 1.0,
        "spread_m": float(np.sqrt(((points - middle) ** 2).sum(axis=1).mean())),
        "night_share": float(night.mean()),
        "frp_p50_mw": p50,
        "frp_p95_mw": p95,
        "tree_share": np.nan,
        "static_share": np.nan if static is None or not len(rows) else float(static.mean()),
    }


def _is_source(told: dict[str, Any], rules: ProposalRules) -> bool:
    span_d = (told["last_seen_at"] - told["first_seen_at"]).days
    return bool(
        told["dates"] >= rules.min_dates
        and told["months"] >= rules.min_months
        and span_d >= rules.min_span_days
        and told["burst_share"] <= rules.burst_max_share
        and told["spread_m"] <= rules.spread_max_m
        and told["night_share"] >= rules.min_night_share
        and not told["frp_p95_mw"] > rules.frp_ratio_max * max(told["frp_p50_mw"], 0.1)
        and not told["tree_share"] > rules.trees_max_share
    )


def _is_known(
    places: gpd.GeoSeries, known: gpd.GeoDataFrame, crs: Any, rules: ProposalRules
) -> NDArray[np.bool_]:
    """Whether a place lies at a registered source."""
    ground = known.geometry.to_crs(crs).buffer(known["radius_m"] + rules.near_m)
    near = places.to_crs(crs).sindex.query(ground, predicate="intersects")[1]
    found = np.zeros(len(places), dtype=bool)
    found[near] = True
    return found


def _name(lon: float, lat: float) -> str:
    """An id that stands for a place: its cell of a hundredth of a degree."""
    cell = f"{lon:.2f},{lat:.2f}"
    return f"HP-{hashlib.sha256(cell.encode()).hexdigest()[:8]}"
