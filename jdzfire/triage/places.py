"""Where an event is, in words for a telephone call."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from jdzfire.triage.context import TriageContext

_DIRECTIONS_ZH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_AT_PLACE_M = 300.0  # closer than this it is "at" the village [K]


def name_places(events: gpd.GeoDataFrame, context: TriageContext) -> pd.DataFrame:
    """County, township and a place name for each event.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
    context : TriageContext

    Returns
    -------
    DataFrame, n rows, index kept
        ``county``, ``township`` of the event's centre; where that lies beyond all areas, those that
        most of its footprint lies in, null when it touches none; ``place`` such as
        浮梁县瑶里镇高岭村东北1.2公里; ``settlement_m`` to the nearest settlement and
        ``border_m`` to the border of the registered counties [m], null when none is known.

    Notes
    -----
    The direction is from the settlement to the event. Where areas overlap the smaller id wins.
    """
    points = gpd.GeoSeries(
        gpd.points_from_xy(events["lon"], events["lat"]), index=events.index, crs="EPSG:4326"
    )
    county, township = (
        _area_names(points, events.geometry, context.admin, level)
        for level in ("county", "township")
    )
    near = _nearest_settlement(points, context.settlements)
    lead = county.fillna("") + township.fillna("")
    is_seat = near["settlement"] == township  # 新枫街道新枫街道东南 would repeat the name
    words = near["settlement"].mask(is_seat, "").fillna("") + near["away"].fillna("")
    place = (lead + words).where(lead.str.len() + words.str.len() > 0, _coordinates(points))
    return pd.DataFrame(
        {
            "county": county,
            "township": township,
            "place": place.astype("str"),
            "settlement_m": near["settlement_m"],
            "border_m": _border_m(points, context),
        }
    )


def _area_names(
    points: gpd.GeoSeries, grounds: gpd.GeoSeries, admin: gpd.GeoDataFrame, level: str
) -> pd.Series:
    """Area of each point; beyond all areas the one that most of the ground lies in."""
    areas = admin[admin["level"] == level].sort_values("admin_id")
    names = np.full(len(points), None, dtype=object)
    if len(points) and len(areas):
        shapes, here = np.asarray(areas.geometry), np.asarray(points)
        shapely.prepare(shapes)
        point, area = STRtree(shapes).query(here)
        inside = shapely.intersects(shapes[area], here[point])
        point, area = point[inside], area[inside]
        order = np.lexsort((area, point))[::-1]  # the smallest id is written last
        title = areas["name"].to_numpy(dtype=object)
        names[point[order]] = title[area[order]]
        beyond = np.flatnonzero(pd.isna(names))
        burning = np.asarray(grounds)[beyond]
        row, area = STRtree(shapes).query(burning, predicate="intersects")
        shared = shapely.area(shapely.intersection(burning[row], shapes[area]))
        order = np.lexsort((area, -shared, row))[::-1]  # the largest share is written last
        names[beyond[row[order]]] = title[area[order]]
    return pd.Series(names, index=points.index, dtype="str")


def _nearest_settlement(points: gpd.GeoSeries, settlements: gpd.GeoDataFrame) -> pd.DataFrame:
    count = len(points)
    names, away = np.full(count, None, dtype=object), np.full(count, None, dtype=object)
    distance_m = np.full(count, np.nan)
    if count and len(settlements):
        ordered = settlements.sort_values("settlement_id")
        metric = points.to_crs(ordered.crs)
        places = np.asarray(ordered.geometry)
        (point, place), gap_m = STRtree(places).query_nearest(
            np.asarray(metric), return_distance=True, all_matches=False
        )
        x, y = metric.x.to_numpy()[point], metric.y.to_numpy()[point]
        east, north = x - shapely.get_x(places[place]), y - shapely.get_y(places[place])
        sector = np.round(np.degrees(np.arctan2(east, north)) / 45.0).astype(np.int64) % 8
        names[point] = ordered["name"].to_numpy(dtype=object)[place]
        distance_m[point] = gap_m
        away[point] = [
            "附近" if gap < _AT_PLACE_M else f"{_DIRECTIONS_ZH[k]}{gap / 1000:.1f}公里"
            for k, gap in zip(sector.tolist(), gap_m.tolist(), strict=True)
        ]
    return pd.DataFrame(
        {
            "settlement": pd.Series(names, index=points.index, dtype="str"),
            "away": pd.Series(away, index=points.index, dtype="str"),
            "settlement_m": distance_m,
        },
        index=points.index,
    )


def _border_m(points: gpd.GeoSeries, context: TriageContext) -> np.ndarray:
    """Distance to the border of the watched counties."""
    if points.empty or context.border is None:
        return np.full(len(points), np.nan)
    line = context.border
    (point, _), distance_m = line.sindex.nearest(
        np.asarray(points.to_crs(line.crs)), return_all=False, return_distance=True
    )
    found = np.full(len(points), np.nan)
    found[point] = distance_m
    return found


def _coordinates(points: gpd.GeoSeries) -> pd.Series:
    texts = [f"{x:.4f}°E {y:.4f}°N" for x, y in zip(points.x, points.y, strict=True)]
    return pd.Series(texts, index=points.index, dtype="str")
