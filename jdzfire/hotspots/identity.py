"""When two rows are the same hotspot, and what it is called.

The same pixel reaches jdzfire as URT, NRT and later SP with its fourth decimal moved and no
cross id, so an id made from rounded coordinates would change at the rounding edge. Here the id
is given once, from the row that came first, and every later version is found by distance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jdzfire.schemas import HOTSPOT_VERSIONS, ORBITERS, PRODUCT_RANK, conform, empty_table

SAME_PLACE_M = 150.0
"""Same satellite, same minute, at most this far apart: one hotspot (field notes, section 4 [V])."""

_EARTH_RADIUS_M = 6_371_008.8
_GROUP_STEP_M = 2.0e7  # further than any two points of the globe: groups never meet in the tree


def hotspot_id(
    satellite: pd.Series,
    acquired_at: pd.Series,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> pd.Series:
    """Name hotspots by satellite, minute and place of the row that came first.

    Parameters
    ----------
    satellite : Series of str, n
    acquired_at : Series of aware UTC times, n
    lon, lat : arrays [degree, WGS84], n, finite

    Returns
    -------
    Series of str, n, index kept

    Notes
    -----
    Four decimals are 11 m: two rows of one satellite and minute that share an id are one pixel.
    The id is only a first name; sameness is decided by :func:`merge_versions`.

    Examples
    --------
    >>> when = pd.to_datetime(pd.Series(["2024-04-04 05:03"]), utc=True)
    >>> hotspot_id(pd.Series(["NOAA-20"]), when, np.array([117.17866]), np.array([29.25164]))[0]
    'NOAA20-202404040503-29.2516N117.1787E'
    """
    craft, crafts = satellite.factorize()
    slugs = [re.sub(r"[\W_]", "", str(name)).upper() for name in crafts]
    minute, minutes = pd.factorize(acquired_at.dt.floor("min"))
    north, east = (pa.array(np.where(v >= 0, *pair)) for v, pair in ((lat, "NS"), (lon, "EW")))
    joined = pc.binary_join_element_wise(
        pa.array(slugs, pa.string()).take(pa.array(craft)),
        "-",
        pa.array(minutes.strftime("%Y%m%d%H%M"), pa.string()).take(pa.array(minute)),
        "-",
        *_four_decimals(lat),
        north,
        *_four_decimals(lon),
        east,
        "",
    )
    return pd.Series(joined.to_numpy(zero_copy_only=False), index=satellite.index, dtype="str")


def _four_decimals(values: NDArray[np.float64]) -> tuple[Any, str, Any]:
    """Size of each number as ``f"{v:.4f}"`` writes it: before the point, the point, after it."""
    size = np.abs(values)
    scaled = size * 1e4
    whole = np.rint(scaled).astype(np.int64)
    # where the fifth decimal is a 5, the product has lost which side of it the number lies on
    doubtful = np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < 1e-3)
    whole[doubtful] = [int(f"{value:.4f}".replace(".", "")) for value in size[doubtful].tolist()]
    before = pc.cast(pa.array(whole // 10_000), pa.string())
    return before, ".", _fourths().take(pa.array(whole % 10_000))


@cache
def _fourths() -> Any:
    return pa.array([f"{number:04d}" for number in range(10_000)], pa.string())


@dataclass(frozen=True)
class Joined:
    """What incoming rows change."""

    new_or_updated: gpd.GeoDataFrame
    """[HOTSPOTS] rows that are new, or better than what was known, by acquired_at, then id."""
    lost: gpd.GeoDataFrame
    """[HOTSPOT_VERSIONS] rows that lost against a better version of their hotspot: known ones
    that are replaced, and incoming ones; not those equal to the best one."""


def join_versions(known: gpd.GeoDataFrame, incoming: gpd.GeoDataFrame) -> Joined:
    """Find for each incoming row the hotspot it is a version of, and the best of all versions.

    Products are taken from the worst to the best. Within a product each row is joined to the
    nearest hotspot of the same satellite and minute within 150 m, one to one, nearest pairs
    first (ties by id), so that two true neighbours never become one. A joined row takes the id
    and the first ``received_at``. A row that joins nothing is a new hotspot.

    The best version is that of the best product (SP > NRT > RT > URT), then of the highest
    version, then of the largest FRP, then the most eastern and northern: an order of the rows
    themselves, so that the order of arrival does not matter. The id is the name of the version
    that came first, and stays.

    Parameters
    ----------
    known : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        What the archive holds over the time span of ``incoming``.
    incoming : GeoDataFrame [HOTSPOTS, EPSG:4326 points], m rows

    Returns
    -------
    Joined

    Notes
    -----
    Only pixels of polar orbiters join by distance; geostationary cells and ground reports join
    by id alone. Cost about (n + m) log (n + m).
    """
    if incoming.empty:
        return Joined(incoming.iloc[:0].reset_index(drop=True), empty_table(HOTSPOT_VERSIONS))
    pool = _ranked(known.assign(_row=-1))
    named = _ranked(incoming.reset_index(drop=True).assign(_row=np.arange(len(incoming))))
    levels = []
    for rank in np.unique(named["_rank"]):
        rows = named[named["_rank"] == rank]
        rows = rows.assign(**_joined_identity(pool, rows))
        levels.append(rows)
        best = rows.sort_values(_ORDER).drop_duplicates("hotspot_id", keep="last")
        best = best[_is_better(pool, best)]
        kept = pool[~_among(pool["hotspot_id"], best["hotspot_id"])]
        pool = pd.concat([kept, best]) if len(kept) else best
    rows = pd.concat(levels)
    new_or_updated = pool[pool["_row"] >= 0]
    ordered = new_or_updated.sort_values(["acquired_at", "hotspot_id"]).reset_index(drop=True)
    return Joined(ordered[list(incoming.columns)], _lost(known, rows, pool))


def merge_versions(known: gpd.GeoDataFrame, incoming: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of ``incoming`` that add to or improve ``known``: ``join_versions(...).better``."""
    return join_versions(known, incoming).new_or_updated


_ORDER = ["_rank", "_version", "_power", "_x", "_y", "_row"]
"""From the worst version to the best."""


def _ranked(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with what versions are ordered by."""
    return table.assign(
        _rank=table["product"].map(PRODUCT_RANK).to_numpy(dtype=np.int64),
        _version=table["version"].fillna("").astype("str"),
        _power=table["frp_mw"].fillna(-np.inf),
        _x=table.geometry.x,
        _y=table.geometry.y,
    )


def _joined_identity(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Id and first receipt of each row, after joining with the pool."""
    ids = rows["hotspot_id"].to_numpy(dtype=object).copy()
    pairs = _nearest_pairs(pool, rows)
    ids[pairs[:, 1]] = pool["hotspot_id"].to_numpy(dtype=object)[pairs[:, 0]]
    position = pd.Index(pool["hotspot_id"]).get_indexer(pd.Index(ids))
    first = pool["received_at"].take(np.maximum(position, 0)) if len(pool) else None
    received = rows["received_at"]
    if first is not None:
        first = first.set_axis(rows.index).where(position >= 0)
        received = received.where(first.isna() | (first > received), first)
    return {
        "hotspot_id": pd.Series(ids, index=rows.index, dtype="str"),
        "received_at": received,
    }


def _is_better(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether each row is new, or comes after the pool's row in the order of versions."""
    position = pd.Index(pool["hotspot_id"]).get_indexer(pd.Index(rows["hotspot_id"]))
    known = position >= 0
    new_or_updated = np.ones(len(rows), dtype=bool)
    held, mine = pool.iloc[position[known]], rows[known]
    ahead = np.zeros(len(mine), dtype=bool)
    tied = np.ones(len(mine), dtype=bool)
    for name in _ORDER[:-1]:
        left, right = held[name].to_numpy(), mine[name].to_numpy()
        ahead |= tied & (right > left)
        tied &= right == left
    new_or_updated[known] = ahead
    return new_or_updated


def _lost(
    known: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, pool: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Rows that are not the best version of their hotspot and have other content than it."""
    winners = pool["_row"].to_numpy()
    replaced = known[_among(known["hotspot_id"], pool.loc[winners >= 0, "hotspot_id"])]
    beaten = rows[~np.isin(rows["_row"].to_numpy(), winners[winners >= 0])]
    columns = list(HOTSPOT_VERSIONS.columns)
    parts = [part[columns] for part in (replaced, beaten) if len(part)]
    if not parts:
        none: gpd.GeoDataFrame = empty_table(HOTSPOT_VERSIONS)
        return none
    losers = pd.concat(parts, ignore_index=True)
    keys = pd.DataFrame(
        {
            "id": losers["hotspot_id"],
            "product": losers["product"],
            "version": losers["version"].fillna(""),
            "frp": losers["frp_mw"].fillna(-np.inf),
            "x": losers.geometry.x,
            "y": losers.geometry.y,
        }
    )
    best = pool[_among(pool["hotspot_id"], losers["hotspot_id"])]
    names = ["hotspot_id", "product", "_version", "_power", "_x", "_y"]
    both = pd.concat([best[names].set_axis(keys.columns, axis=1), keys])
    is_repeated = both.duplicated(keep="first").to_numpy()[len(best) :]
    found: gpd.GeoDataFrame = conform(losers[~is_repeated], HOTSPOT_VERSIONS)
    return found


def _among(ids: pd.Series, others: pd.Series) -> NDArray[np.bool_]:
    """Whether each id is among others; ``Series.isin`` takes ten times as long for text."""
    found = pc.is_in(pa.array(ids, pa.string()), value_set=pa.array(others, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _nearest_pairs(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """One-to-one pairs (pool position, row position) within 150 m, nearest first."""
    near = np.flatnonzero(pool["instrument"].isin(ORBITERS).to_numpy())
    mine = np.flatnonzero(rows["instrument"].isin(ORBITERS).to_numpy())
    none = np.empty((0, 2), dtype=np.int64)
    if not len(near) or not len(mine):
        return none
    from scipy.spatial import cKDTree  # 0.15 s, and on most cycles nothing comes

    codes = _groups(pool.iloc[near], rows.iloc[mine])
    left = cKDTree(_places(pool.iloc[near], codes[: len(near)]))
    right = cKDTree(_places(rows.iloc[mine], codes[len(near) :]))
    found = left.sparse_distance_matrix(right, SAME_PLACE_M, output_type="ndarray")
    i, j = near[found["i"]], mine[found["j"]]
    # pairs that compete with no other need no order
    alone = (np.bincount(i, minlength=len(pool))[i] == 1) & (
        np.bincount(j, minlength=len(rows))[j] == 1
    )
    pool_ids = pool["hotspot_id"].to_numpy(dtype=object)
    row_ids = rows["hotspot_id"].to_numpy(dtype=object)
    order = sorted(
        (round(float(v), 3), str(pool_ids[a]), str(row_ids[b]), a, b)
        for a, b, v in zip(i[~alone], j[~alone], found["v"][~alone], strict=True)
    )
    taken_pool: set[int] = set()
    taken_rows: set[int] = set()
    pairs = []
    for _, _, _, a, b in order:
        if a not in taken_pool and b not in taken_rows:
            taken_pool.add(a)
            taken_rows.add(b)
            pairs.append((a, b))
    chosen = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return np.concatenate([np.column_stack([i[alone], j[alone]]), chosen]).astype(np.int64)


def _groups(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """A number for each satellite and minute, the pool's rows first."""
    satellite = pd.factorize(pd.concat([pool["satellite"], rows["satellite"]]), sort=True)[0]
    times = pd.concat([pool["acquired_at"], rows["acquired_at"]]).dt.floor("min")
    minute = pd.factorize(times, sort=True)[0]
    codes = satellite.astype(np.int64) * (minute.max(initial=0) + 1) + minute
    return np.asarray(pd.factorize(codes, sort=True)[0], dtype=np.int64)


def _places(table: gpd.GeoDataFrame, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Points on the sphere in metres, with the group as a fourth axis."""
    lon = np.radians(table.geometry.x.to_numpy())
    lat = np.radians(table.geometry.y.to_numpy())
    return np.column_stack(
        [
            _EARTH_RADIUS_M * np.cos(lat) * np.cos(lon),
            _EARTH_RADIUS_M * np.cos(lat) * np.sin(lon),
            _EARTH_RADIUS_M * np.sin(lat),
            codes * _GROUP_STEP_M,
        ]
    )
