"""Candidate sites: where a team could be placed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from jdzfire.arrays import Floats, Ints
from jdzfire.crs import metric_crs

SITE_COLUMNS = {"site_id": "str", "name": "str", "kind": "str", "lon": "float64", "lat": "float64"}
"""Columns of candidate sites; kind is that of the settlement, or ``road``."""


_NO_STATION = ("track", "motorway")
_BEST_FIRST = ("city", "town", "farm", "village", "road")
"""Where a team is housed and supplied most easily comes first."""


def candidate_sites(
    settlements: gpd.GeoDataFrame,
    *,
    roads: gpd.GeoDataFrame | None = None,
    road_step_m: float = 5000.0,
) -> pd.DataFrame:
    """Places where a team could be stationed: settlements, and points along roads if given.

    Parameters
    ----------
    settlements : GeoDataFrame [SETTLEMENTS, EPSG:4326], n rows, may be empty
    roads : GeoDataFrame [ROADS, EPSG:4326], optional
        Tracks are left out, since a fire engine must get there, and motorways, where none
        may stand.
    road_step_m : float [m]
        Distance between points along a road; its two ends are always taken.

    Returns
    -------
    DataFrame [SITE_COLUMNS]
        Ordered by ``site_id``; a place with no geometry is left out.
    """
    placed = settlements.loc[shapely.get_num_coordinates(settlements.geometry.to_numpy()) > 0]
    points = placed.geometry.representative_point()
    parts = [
        pd.DataFrame(
            {
                "site_id": placed["settlement_id"].to_numpy(),
                "name": placed["name"].to_numpy(),
                "kind": placed["kind"].to_numpy(),
                "lon": points.x.to_numpy(float),
                "lat": points.y.to_numpy(float),
            }
        )
    ]
    if roads is not None and len(roads):
        parts.append(_along_roads(roads, road_step_m))
    sites = pd.concat([part.astype(SITE_COLUMNS) for part in parts], ignore_index=True)
    return sites.sort_values("site_id", kind="stable", ignore_index=True)


def _along_roads(roads: gpd.GeoDataFrame, step_m: float) -> pd.DataFrame:
    is_drawn = shapely.get_num_coordinates(roads.geometry.to_numpy()) > 0
    driven = roads.loc[~roads["road_class"].isin(_NO_STATION) & is_drawn]
    crs = metric_crs(tuple(roads.total_bounds))
    lines = driven.to_crs(crs).explode(index_parts=False)
    lines = lines.assign(name=lines["name"].fillna(lines["road_id"]))
    rows: list[tuple[str, str | None, shapely.Point]] = []
    for number, (road_id, name, line) in enumerate(
        zip(lines["road_id"], lines["name"], lines.geometry, strict=True)
    ):
        count = max(int(np.ceil(line.length / step_m)), 1) + 1
        at = shapely.line_interpolate_point(line, np.linspace(0, line.length, count))
        rows.extend((f"{road_id}:{number}:{i}", name, point) for i, point in enumerate(at))
    along = gpd.GeoSeries([point for _, _, point in rows], crs=crs).to_crs(4326)
    return pd.DataFrame(
        {
            "site_id": [site_id for site_id, _, _ in rows],
            "name": [name for _, name, _ in rows],
            "kind": "road",
            "lon": along.x.to_numpy(float),
            "lat": along.y.to_numpy(float),
        }
    )


def spaced_sites(sites: pd.DataFrame, x: Floats, y: Floats, *, spacing_m: float) -> Ints:
    """Sites that are at least some distance apart, towns before farms, villages and road points.

    Parameters
    ----------
    sites : DataFrame [SITE_COLUMNS], n rows
    x, y : arrays, n [m]
    spacing_m : float [m]

    Returns
    -------
    array
        Positions of the sites kept, ascending.
    """
    rank = sites["kind"].map({kind: place for place, kind in enumerate(_BEST_FIRST)})
    order = np.lexsort((sites["site_id"], rank.fillna(len(_BEST_FIRST))))
    tree = cKDTree(np.column_stack([x, y])) if len(sites) else None
    is_free = np.ones(len(sites), dtype=bool)
    kept = []
    for place in order:
        if is_free[place] and tree is not None:
            kept.append(int(place))
            is_free[tree.query_ball_point([x[place], y[place]], spacing_m)] = False
    return np.array(sorted(kept), dtype=np.int64)
