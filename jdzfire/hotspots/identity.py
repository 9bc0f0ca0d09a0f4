"""When two rows are the same hotspot, and what it is called.

The same pixel reaches the house as URT, NRT and later SP with its fourth decimal moved and no
cross id, so an id made from rounded coordinates would change at the rounding edge. Here the id
is given once, from the row that came first, and every later version is found by distance.
"""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jdzfire.schemas import ORBITERS, PRODUCT_RANK

__all__ = ["SAME_PLACE_M", "hotspot_id", "merge_versions"]

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
    lon, lat : arrays [degree, WGS84], n

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
    slug = {name: re.sub(r"[\W_]", "", str(name)).upper() for name in satellite.unique()}
    minutes = acquired_at.dt.strftime("%Y%m%d%H%M")
    names = [
        f"{slug[name]}-{minute}-{abs(y):.4f}{'N' if y >= 0 else 'S'}"
        f"{abs(x):.4f}{'E' if x >= 0 else 'W'}"
        for name, minute, x, y in zip(satellite, minutes, lon, lat, strict=True)
    ]
    return pd.Series(names, index=satellite.index, dtype="str")


def merge_versions(known: gpd.GeoDataFrame, incoming: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of ``incoming`` that add to or improve ``known``.

    Products are taken from the worst to the best. Within a product each row is joined to the
    nearest hotspot of the same satellite and minute within 150 m, one to one, nearest pairs
    first (ties by id), so that two true neighbours never become one. A joined row takes the id
    and the first ``received_at``; it is returned only when it is better (product rank, then
    version). A row that joins nothing is a new hotspot.

    Parameters
    ----------
    known : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        What the archive holds over the time span of ``incoming``.
    incoming : GeoDataFrame [HOTSPOTS, EPSG:4326 points], m rows

    Returns
    -------
    GeoDataFrame [HOTSPOTS, EPSG:4326 points], at most m rows
        In the order of acquired_at, then id. Nothing when all is known already.

    Notes
    -----
    Only VIIRS and MODIS rows join by distance; AHI cells and ground reports join by id alone.
    Cost about (n + m) log (n + m).
    """
    pool = known
    written: set[str] = set()
    rank = incoming["product"].map(PRODUCT_RANK)
    for value in sorted(rank.unique()):
        rows = incoming[rank == value]
        rows = rows.assign(**_joined_identity(pool, rows))
        rows = rows.sort_values(["hotspot_id", "version"]).drop_duplicates(
            "hotspot_id", keep="last"
        )
        better = rows[_is_better(pool, rows)]
        written.update(better["hotspot_id"])
        kept = pool[~pool["hotspot_id"].isin(better["hotspot_id"])]
        pool = pd.concat([kept, better]) if len(kept) else better
    changed = pool[pool["hotspot_id"].isin(written)]
    if changed.empty:
        return incoming.iloc[:0].reset_index(drop=True)
    return changed.sort_values(["acquired_at", "hotspot_id"]).reset_index(drop=True)


def _joined_identity(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Id and first receipt of each row, after joining with the pool."""
    ids = rows["hotspot_id"].copy()
    pairs = _nearest_pairs(pool, rows)
    ids.iloc[pairs[:, 1]] = pool["hotspot_id"].to_numpy()[pairs[:, 0]]
    first = _held(pool, "received_at", ids)
    received = rows["received_at"].where(first.isna() | (first > rows["received_at"]), first)
    return {"hotspot_id": ids, "received_at": received}


def _nearest_pairs(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """One-to-one pairs (pool position, row position) within 150 m, nearest first."""
    near = np.flatnonzero(pool["instrument"].isin(ORBITERS).to_numpy())
    mine = np.flatnonzero(rows["instrument"].isin(ORBITERS).to_numpy())
    none = np.empty((0, 2), dtype=np.int64)
    if not len(near) or not len(mine):
        return none
    codes, _ = pd.factorize(
        pd.concat([_group_key(pool.iloc[near]), _group_key(rows.iloc[mine])]), sort=True
    )
    left = cKDTree(_places(pool.iloc[near], codes[: len(near)]))
    right = cKDTree(_places(rows.iloc[mine], codes[len(near) :]))
    found = left.sparse_distance_matrix(right, SAME_PLACE_M, output_type="ndarray")
    pool_ids = pool["hotspot_id"].to_numpy()
    row_ids = rows["hotspot_id"].to_numpy()
    order = sorted(
        (round(float(v), 3), str(pool_ids[near[i]]), str(row_ids[mine[j]]), near[i], mine[j])
        for i, j, v in found
    )
    taken_pool: set[int] = set()
    taken_rows: set[int] = set()
    pairs = []
    for _, _, _, i, j in order:
        if i not in taken_pool and j not in taken_rows:
            taken_pool.add(i)
            taken_rows.add(j)
            pairs.append((i, j))
    return np.array(pairs, dtype=np.int64) if pairs else none


def _group_key(table: gpd.GeoDataFrame) -> pd.Series:
    key: pd.Series = table["satellite"] + table["acquired_at"].dt.strftime(" %Y%m%d%H%M")
    return key


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


def _is_better(pool: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> pd.Series:
    """Whether each row is new, or of a better product or version than the pool's."""
    held_rank = _held(pool, "product", rows["hotspot_id"]).map(PRODUCT_RANK)
    held_version = _held(pool, "version", rows["hotspot_id"]).fillna("")
    rank = rows["product"].map(PRODUCT_RANK)
    same_rank_newer = (rank == held_rank) & (rows["version"].fillna("") > held_version)
    better: pd.Series = held_rank.isna() | (rank > held_rank) | same_rank_newer
    return better


def _held(pool: gpd.GeoDataFrame, name: str, ids: pd.Series) -> pd.Series:
    """Values of the pool for these ids, null where it does not hold them."""
    held: pd.Series = pool.set_index("hotspot_id")[name]
    return held.reindex(ids).set_axis(ids.index)
