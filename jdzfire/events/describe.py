"""Events described from their hotspots, all at once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Floats, Ints
from jdzfire.hotspots.passing import number_passes
from jdzfire.schemas import EVENTS, conform, empty_table

_EQUAL_AREA = "EPSG:6933"
"""World cylindrical equal-area: what it measures does not hang on where the table lies."""


def describe_events(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    event_ids: pd.Series,
    *,
    onto: gpd.GeoDataFrame | None = None,
    beside: tuple[gpd.GeoDataFrame, pd.Series] | None = None,
) -> gpd.GeoDataFrame:
    """Events from their hotspots; states and merges are not decided here.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 polygons], n rows, same order
    event_ids : Series of str, n
        The event of each hotspot.
    onto : GeoDataFrame [EVENTS], optional
        What is known already of some of these events without these hotspots. Several rows of one
        id are put together.
    beside : tuple of GeoDataFrame [HOTSPOTS] and Series of str, optional
        Hotspots that ``onto`` has counted and that may be of one pass with the new ones, and the
        event of each.

    Returns
    -------
    GeoDataFrame [EVENTS], one row an event of ``event_ids``, sorted by event_id, state active

    Notes
    -----
    Means are those of all hotspots, to the last digits of a float when rows are added bit by bit.
    About n log n, and a union of footprints for each event of more than one hotspot.
    """
    if hotspots.empty:
        none: gpd.GeoDataFrame = empty_table(EVENTS)
        return none
    fresh = _from_hotspots(hotspots, footprints, event_ids)
    if onto is None or onto.empty:
        return conform(fresh, EVENTS)
    if beside is not None and len(beside[0]):
        both = pd.concat([hotspots, beside[0]], ignore_index=True)
        ids = pd.concat([event_ids, beside[1]], ignore_index=True)
        code = pd.Index(fresh["event_id"]).get_indexer(pd.Index(ids))
        frp_mw = both["frp_mw"].to_numpy(dtype=float)
        fresh["frp_sum_mw"] = _brightest_pass(both, code, frp_mw, len(fresh))
    return _put_together(fresh, onto)


def _from_hotspots(
    hotspots: gpd.GeoDataFrame, footprints: gpd.GeoSeries, event_ids: pd.Series
) -> gpd.GeoDataFrame:
    code, ids = pd.factorize(pd.Index(event_ids), sort=True)
    at = hotspots["acquired_at"].astype("int64").to_numpy()
    order = np.lexsort((hotspots["hotspot_id"].to_numpy(dtype=str), at, code))
    code, rows = code[order], hotspots.iloc[order]
    start = np.searchsorted(code, np.arange(len(ids)))
    count = np.diff(np.append(start, len(code)))
    union = unite(footprints.to_numpy()[order], start, count)
    times = rows["acquired_at"].array
    frp_mw = rows["frp_mw"].to_numpy(dtype=float)
    return gpd.GeoDataFrame(
        {
            "event_id": np.asarray(ids, dtype=object),
            "first_seen_at": times[start],
            "last_seen_at": times[start + count - 1],
            "hotspot_count": count,
            "satellites": _named(rows["satellite"], code, len(ids)),
            "instruments": _named(rows["instrument"], code, len(ids)),
            "frp_max_mw": np.fmax.reduceat(frp_mw, start),
            "frp_sum_mw": _brightest_pass(rows, code, frp_mw, len(ids)),
            "footprint_ha": areas_ha(union),
            "lon": np.add.reduceat(np.asarray(rows.geometry.x), start) / count,
            "lat": np.add.reduceat(np.asarray(rows.geometry.y), start) / count,
            "state": "active",
            "merged_into": None,
            "geometry": union,
        },
        geometry="geometry",
        crs=hotspots.crs,
    )


def _put_together(fresh: gpd.GeoDataFrame, onto: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of one id as one row."""
    base = onto[onto["event_id"].isin(fresh["event_id"])]
    is_alone = ~fresh["event_id"].isin(base["event_id"])
    parts = pd.concat([fresh[~is_alone], base]).sort_values("event_id", kind="stable")
    if parts.empty:
        return conform(fresh, EVENTS)
    ids, start, count = np.unique(parts["event_id"], return_index=True, return_counts=True)
    weight = parts["hotspot_count"].to_numpy(dtype=float)
    total = np.add.reduceat(weight, start)
    union = unite(np.asarray(parts.geometry), start, count)
    grouped = parts.groupby("event_id", sort=True)
    whole = gpd.GeoDataFrame(
        {
            "event_id": ids,
            "first_seen_at": grouped["first_seen_at"].min().array,
            "last_seen_at": grouped["last_seen_at"].max().array,
            "hotspot_count": total.astype(np.int64),
            "satellites": grouped["satellites"].agg(_names_of_all).array,
            "instruments": grouped["instruments"].agg(_names_of_all).array,
            "frp_max_mw": grouped["frp_max_mw"].max().array,
            "frp_sum_mw": grouped["frp_sum_mw"].max().array,
            "footprint_ha": areas_ha(union),
            "lon": np.add.reduceat(parts["lon"].to_numpy() * weight, start) / total,
            "lat": np.add.reduceat(parts["lat"].to_numpy() * weight, start) / total,
            "state": "active",
            "merged_into": None,
            "geometry": union,
        },
        geometry="geometry",
        crs=fresh.crs,
    )
    alone = fresh[is_alone]
    table = pd.concat([alone, whole]) if len(alone) else whole
    return conform(table.sort_values("event_id"), EVENTS)


def _names_of_all(texts: pd.Series) -> str:
    """Distinct names of some lists, sorted, by comma."""
    return ",".join(sorted({name for text in texts for name in text.split(",")}))


def unite(shapes: NDArray[np.object_], start: Ints, count: Ints) -> NDArray[np.object_]:
    """Union of each run of shapes.

    Parameters
    ----------
    shapes : array of geometry, n
    start, count : array of int, k
        Where each run begins and how long it is.

    Returns
    -------
    array of geometry, k
    """
    united = np.full(len(start), None, dtype=object)
    for size in np.unique(count):
        runs = np.flatnonzero(count == size)
        if size == 1:
            united[runs] = shapes[start[runs]]
            continue
        rows = start[runs][:, None] + np.arange(size)
        united[runs] = shapely.union_all(shapes[rows], axis=1)
    return united


def areas_ha(shapes: NDArray[np.object_]) -> Floats:
    """Area on the ground of shapes in EPSG:4326 [ha]."""
    flat = gpd.GeoSeries(shapes, crs="EPSG:4326").to_crs(_EQUAL_AREA)
    return np.asarray(flat.area, dtype=np.float64) / 1e4


def _named(names: pd.Series, code: Ints, count: int) -> NDArray[np.object_]:
    """Distinct names of each event, sorted, by comma."""
    number, known = pd.factorize(names, sort=True)
    both = np.unique(code * len(known) + number)
    event, name = both // len(known), np.asarray(known, dtype=object)[both % len(known)]
    first = np.searchsorted(event, np.arange(count + 1))
    single = np.diff(first) == 1
    merged = np.full(count, None, dtype=object)
    merged[single] = name[first[:-1][single]]
    for k in np.flatnonzero(~single):
        merged[k] = ",".join(name[first[k] : first[k + 1]])
    return merged


def _brightest_pass(
    rows: gpd.GeoDataFrame, code: Ints, frp_mw: Floats, count: int
) -> NDArray[np.float64]:
    """Largest sum of FRP of one pass of each event, NaN where none is known."""
    passing = number_passes(rows, within=code)
    known = ~np.isnan(frp_mw)
    passes, where = np.unique(passing[known], return_inverse=True)
    total = np.bincount(where, weights=frp_mw[known], minlength=len(passes))
    event = np.empty(int(passing.max()) + 1, dtype=np.int64)
    event[passing] = code
    found = np.full(count, np.nan)
    np.fmax.at(found, event[passes], total)
    return found


def highest_numbers(event_ids: pd.Series) -> dict[str, int]:
    """Highest number given on each day.

    Examples
    --------
    >>> highest_numbers(pd.Series(["JDZ-20240404-001", "JDZ-20240404-007"]))
    {'20240404': 7}
    """
    parts = event_ids.astype("str").str.extract(r"-(\d{8})-(\d+)$")
    numbers = pd.to_numeric(parts[1]).groupby(parts[0]).max()
    return {str(day): int(number) for day, number in numbers.items()}
