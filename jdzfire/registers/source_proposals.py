"""Places that look like fixed heat sources: hot on many dates over months, always at one place.

A proposal decides nothing. An officer examines it, names the industrial site, and registers it with
an end.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats, Ints
from jdzfire.crs import metric_crs
from jdzfire.registers.hot_places import HotPlace, find_hot_places
from jdzfire.schemas import ORBITERS, PROPOSALS, conform, empty_table

_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class ProposalRules:
    """What a place must show before a person is asked about it."""

    near_m: float = 500.0
    """Hotspots this near to its middle belong to a place: half a VIIRS pixel's diagonal and its
    error twice [C]; FIRMS's own mask uses cells of 400 m [V]."""
    apart_m: float = 750.0
    """Middles of two places lie further apart: the outliers of one site, more than ``near_m``
    from its middle, have theirs at 510 to 520 m [C, simulated seasons 101-103]; parts of a
    steelworks lie 770 to 1,090 m apart [C, docs/real-data.md]."""
    min_dates: int = 6
    """Distinct dates it was seen on [K; FIRMS static mask: at least 5 detections a year V, of
    which a copy without a test of dates took wildfires of two days for industrial sites V]."""
    min_span_days: int = 60
    """From the first to the last date: no wildfire and no harvest lasts so long [K]."""
    min_months: int = 3
    """Distinct calendar months [K]."""
    burst_days: int = 14
    """A fire burns within so many days [K]."""
    burst_max_share: float = 0.5
    """At most this share of its dates may lie within one such time [K]."""
    min_spells: int = 4
    """Separate times it was hot, each beginning ``burst_days`` after the one before: three fires
    at one place in three years are no industrial site, however many dates they burnt [K]. On
    NASA's Ukraine archive 4 loses no site that 0 finds, 5 loses three of 30 [C]."""
    spread_max_m: float = 320.0
    """Largest root mean square distance from its middle: a point seen through VIIRS scatters by
    some 200 m [C: 375 m pixel, 100 m error], a hillside evenly lit by 350 m [C]."""
    min_night_share: float = 0.15
    """Least share of hotspots by night: sites burn on, fields and burns are lit by day [K]."""
    frp_ratio_max: float = 12.0
    """Largest 95th percentile of FRP over the median: sites burn evenly [K]."""
    trees_max_share: float = 0.9
    """Not in the middle of a wood [K]."""
    min_answers: int = 2
    """Confirmations by duty staff that alone propose a place [K]."""


@dataclass(frozen=True)
class _Detections:
    """The hotspots as arrays, n."""

    points: Floats
    """x, y [m], n x 2."""
    at_us: Ints
    day: Ints
    month: Ints
    night: NDArray[np.bool_]
    frp_mw: Floats
    tree_share: Floats | None
    static: NDArray[np.bool_] | None
    """Whether the product itself calls it a static land source."""


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
        Places confirmed by duty staff: twice at one place proposes it, whatever the satellites saw.
    rules : ProposalRules, optional

    Returns
    -------
    DataFrame [PROPOSALS]
        By dates from many to few, then by place. The id is made of the place, so the same site
        is the same proposal next year.

    Notes
    -----
    Each hotspot belongs to one place (:func:`~jdzfire.registers.hot_places.find_hot_places`).
    ``source_type`` 2 of a standard product (NASA's static land source) is given as evidence
    and decides nothing. About n log n.
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
    detections = _detections(rows, np.column_stack([metric.x, metric.y]), trees)
    answered = _metric_points(answers, crs)
    found = [
        proposal
        for place in _hot_places(detections, rules)
        for proposal in [_describe(detections, place, answered, rules)]
        if _is_source(proposal, rules) or proposal["answers"] >= rules.min_answers
    ]
    for place in _twice_answered(answered, detections, rules):
        proposal = _describe(detections, place, answered, rules)
        if all(
            np.hypot(proposal["x"] - one["x"], proposal["y"] - one["y"]) > rules.near_m
            for one in found
        ):
            found.append(proposal)
    if not found:
        return pd.DataFrame(empty_table(PROPOSALS))
    table = pd.DataFrame(found)
    places = gpd.GeoSeries(gpd.points_from_xy(table["x"], table["y"]), crs=crs).to_crs(4326)
    table = table.assign(lon=places.x.round(5), lat=places.y.round(5))
    if known is not None and len(known):
        table = table[~_is_known(places, known, crs, rules)]
    ordered = table.sort_values(["dates", "lon", "lat"], ascending=[False, True, True])
    ordered["proposal_id"] = _names(ordered["lon"].tolist(), ordered["lat"].tolist())
    return conform(ordered, PROPOSALS)


def _metric_points(answers: gpd.GeoSeries | None, crs: Any) -> Floats:
    if answers is None or answers.empty:
        return np.empty((0, 2))
    metric = answers.to_crs(crs)
    return np.column_stack([metric.x, metric.y])


def _hot_places(detections: _Detections, rules: ProposalRules) -> list[HotPlace]:
    return find_hot_places(
        detections.points,
        detections.day,
        near_m=rules.near_m,
        apart_m=rules.apart_m,
        min_dates=rules.min_dates,
    )


def _twice_answered(
    places: Floats, detections: _Detections, rules: ProposalRules
) -> list[HotPlace]:
    """Means of answers near each other, where hotspots were seen at all."""
    if not len(places):
        return []
    from scipy.spatial import cKDTree  # the settings import this module for its rules

    tree, spots = cKDTree(places), cKDTree(detections.points)
    found: list[HotPlace] = []
    for place in places:
        near = tree.query_ball_point(place, rules.near_m)
        middle = places[near].mean(axis=0)
        rows = np.array(sorted(spots.query_ball_point(middle, rules.near_m)), dtype=np.int64)
        if len(near) >= rules.min_answers and len(rows):
            found.append(HotPlace(middle, rows))
    return found


def _detections(rows: gpd.GeoDataFrame, points: Floats, trees: Floats | None) -> _Detections:
    at = rows["acquired_at"]
    at_us = at.astype("int64").to_numpy()
    hour = at.dt.hour.to_numpy() + rows.geometry.x.to_numpy() / 15.0
    solar = hour % 24.0
    by_sun = pd.Series((solar < 6.0) | (solar >= 18.0), index=rows.index)
    proposal = rows["is_day"]
    night = by_sun.where(proposal.isna(), ~proposal.fillna(False).astype(bool))
    static = rows["source_type"].astype("str").eq("2") if "source_type" in rows else None
    return _Detections(
        points=points,
        at_us=at_us,
        day=at_us // _DAY_US,
        month=(at.dt.year * 12 + at.dt.month).to_numpy(dtype=np.int64),
        night=night.to_numpy(dtype=bool),
        frp_mw=rows["frp_mw"].to_numpy(dtype=float, na_value=np.nan),
        tree_share=trees,
        static=None if static is None else static.to_numpy(dtype=bool),
    )


def _describe(
    detections: _Detections, place: HotPlace, answered: Floats, rules: ProposalRules
) -> dict[str, Any]:
    mine, middle = place.rows, place.middle
    days = np.unique(detections.day[mine])
    first, last = (
        pd.Timestamp(int(at), unit="us", tz="UTC")
        for at in (detections.at_us[mine].min(), detections.at_us[mine].max())
    )
    within = np.searchsorted(days, days + rules.burst_days) - np.arange(len(days))
    frp = detections.frp_mw[mine]
    frp = frp[~np.isnan(frp)]
    p95, p50 = (float(np.percentile(frp, q)) if len(frp) else np.nan for q in (95, 50))
    trees = np.empty(0) if detections.tree_share is None else detections.tree_share[mine]
    trees = trees[~np.isnan(trees)]
    return {
        "x": float(middle[0]),
        "y": float(middle[1]),
        "hotspots": len(mine),
        "dates": len(days),
        "months": len(np.unique(detections.month[mine])),
        "first_seen_at": first,
        "last_seen_at": last,
        "spells": _count_spells(days, rules.burst_days),
        "burst_share": float(within.max() / len(days)),
        "spread_m": float(np.sqrt(((detections.points[mine] - middle) ** 2).sum(axis=1).mean())),
        "night_share": float(detections.night[mine].mean()),
        "frp_p50_mw": p50,
        "frp_p95_mw": p95,
        "tree_share": float(trees.mean()) if len(trees) else np.nan,
        "answers": int((np.hypot(*(answered - middle).T) <= rules.near_m).sum()),
        "static_share": np.nan
        if detections.static is None
        else float(detections.static[mine].mean()),
    }


def _count_spells(days: Ints, length: int) -> int:
    """How often ascending days begin anew, at least ``length`` days after the last beginning."""
    count, begin = 0, -math.inf
    for day in days.tolist():
        if day - begin >= length:
            count, begin = count + 1, day
    return count


def _is_source(proposal: dict[str, Any], rules: ProposalRules) -> bool:
    span_d = (proposal["last_seen_at"] - proposal["first_seen_at"]).days
    return bool(
        proposal["dates"] >= rules.min_dates
        and proposal["months"] >= rules.min_months
        and span_d >= rules.min_span_days
        and proposal["spells"] >= rules.min_spells
        and proposal["burst_share"] <= rules.burst_max_share
        and proposal["spread_m"] <= rules.spread_max_m
        and proposal["night_share"] >= rules.min_night_share
        and not proposal["frp_p95_mw"] > rules.frp_ratio_max * max(proposal["frp_p50_mw"], 0.1)
        and not proposal["tree_share"] > rules.trees_max_share
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


def _names(lon: list[float], lat: list[float]) -> list[str]:
    """Ids of places: the cell of a hundredth of a degree.

    A second place in one cell is named by its cell of a thousandth.
    """
    names: list[str] = []
    taken: set[str] = set()
    for x, y in zip(lon, lat, strict=True):
        name = _name(f"{x:.2f},{y:.2f}")
        names.append(name if name not in taken else _name(f"{x:.3f},{y:.3f}"))
        taken.add(names[-1])
    return names


def _name(cell: str) -> str:
    return f"HP-{hashlib.sha256(cell.encode()).hexdigest()[:8]}"
