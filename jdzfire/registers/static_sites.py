"""Static land sources as a standard product names them: sites that proposals are held against.

FIRMS marks the hotspots of its standard products by NASA's own mask of static sources
(``source_type`` 2). The mask is a rule too and omits some sites; there is no better truth at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from jdzfire.arrays import Floats
from jdzfire.crs import metric_crs

STATIC = 2
"""FIRMS: other static land source [V, field notes section 4]."""


@dataclass(frozen=True)
class SiteScore:
    """Proposals and sites held against each other."""

    nearest_m: Floats
    """Of each proposal: distance to the nearest hotspot the product calls static [m]."""
    is_right: NDArray[np.bool_]
    """Of each proposal: whether that is near enough."""
    is_found: NDArray[np.bool_]
    """Of each site: whether a proposal is near enough to its middle."""

    @property
    def precision(self) -> float:
        """Share of proposals that are right; NaN without any."""
        return float(self.is_right.mean()) if len(self.is_right) else float("nan")

    @property
    def recall(self) -> float:
        """Share of sites found; NaN without any."""
        return float(self.is_found.mean()) if len(self.is_found) else float("nan")


def static_sites(
    hotspots: gpd.GeoDataFrame, *, gap_m: float = 500.0, min_dates: int = 6
) -> pd.DataFrame:
    """Sites of the hotspots a product calls static: chains of them, seen on many dates.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty
    gap_m : float [m]
        Two static hotspots at most this far apart are of one site (single link).
    min_dates : int
        Sites seen on fewer distinct UTC dates are left out.

    Returns
    -------
    DataFrame
        ``lon``, ``lat`` mean of its hotspots; ``hotspots``, ``dates``, ``months``, ``span_days``.
        By dates from many to few, then by place.
    """
    columns = ["lon", "lat", "hotspots", "dates", "months", "span_days"]
    rows = _static(hotspots)
    if rows.empty:
        return pd.DataFrame(columns=columns)
    table = pd.DataFrame(
        {
            "site": _chains(rows, gap_m),
            "lon": rows.geometry.x.to_numpy(),
            "lat": rows.geometry.y.to_numpy(),
            "date": rows["acquired_at"].dt.floor("D").to_numpy(),
            "month": rows["acquired_at"].dt.strftime("%Y-%m").to_numpy(),
        }
    ).groupby("site")
    sites = table.agg(
        lon=("lon", "mean"),
        lat=("lat", "mean"),
        hotspots=("lon", "size"),
        dates=("date", "nunique"),
        months=("month", "nunique"),
        first=("date", "min"),
        last=("date", "max"),
    )
    sites["span_days"] = (sites["last"] - sites["first"]).dt.days
    sites = sites.loc[sites["dates"] >= min_dates, columns]
    return sites.sort_values(["dates", "lon", "lat"], ascending=[False, True, True]).reset_index(
        drop=True
    )


def site_shapes(
    hotspots: gpd.GeoDataFrame, *, gap_m: float = 500.0, min_dates: int = 6
) -> gpd.GeoSeries:
    """Ground of each site: the convex hull of its hotspots, as a person would draw it.

    Parameters
    ----------
    hotspots, gap_m, min_dates
        As for :func:`static_sites`.

    Returns
    -------
    GeoSeries [EPSG:4326 points, lines or polygons]
        In any order.
    """
    rows = _static(hotspots)
    if rows.empty:
        return gpd.GeoSeries([], crs=hotspots.crs)
    sites = _chains(rows, gap_m)
    dates = rows["acquired_at"].dt.floor("D").groupby(sites).nunique()
    kept = dates.index[dates >= min_dates]
    shapes = [rows.geometry[sites == site].union_all().convex_hull for site in kept]
    return gpd.GeoSeries(shapes, crs=hotspots.crs)


def _chains(rows: gpd.GeoDataFrame, gap_m: float) -> NDArray[np.int64]:
    """Number of the chain of near hotspots each is in."""
    points = _metric(rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy(), rows)
    pairs = cKDTree(points).query_pairs(gap_m, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(rows),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def score_against_sites(
    proposals: pd.DataFrame,
    sites: pd.DataFrame,
    hotspots: gpd.GeoDataFrame,
    *,
    near_m: float = 700.0,
) -> SiteScore:
    """Proposals beside the sites of the product's own mask.

    Parameters
    ----------
    proposals : DataFrame [PROPOSALS], n rows
        Made without ``source_type``: else the mask is held against itself.
    sites : DataFrame
        From :func:`static_sites`, m rows.
    hotspots : GeoDataFrame [HOTSPOTS]
        With ``source_type``. A proposal is right near any static hotspot of these, also of a site
        seen on few dates.
    near_m : float [m]
        Near enough: about the width of a footprint, as in
        :func:`~jdzfire.evaluation.score.score_proposals`.

    Returns
    -------
    SiteScore
    """
    rows = _static(hotspots)
    if rows.empty or proposals.empty:
        far = np.full(len(proposals), np.inf)
        return SiteScore(far, far <= near_m, np.zeros(len(sites), dtype=bool))
    static = _metric(rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy(), rows)
    places, middles = (
        _metric(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float), rows)
        for table in (proposals, sites)
    )
    nearest_m = np.asarray(cKDTree(static).query(places)[0], dtype=float)
    off_m = np.asarray(cKDTree(places).query(middles)[0] if len(middles) else [], dtype=float)
    return SiteScore(nearest_m, nearest_m <= near_m, off_m <= near_m)


def _static(hotspots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return hotspots[hotspots["source_type"].eq(STATIC).fillna(False).astype(bool)]


def _metric(lon: Floats, lat: Floats, rows: gpd.GeoDataFrame) -> Floats:
    west, south, east, north = (float(value) for value in rows.total_bounds)
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    metric = points.to_crs(metric_crs((west, south, east, north)))
    return np.column_stack([metric.x, metric.y])
