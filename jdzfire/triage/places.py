"""Where an event is, in words a duty officer can say on the phone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import STRtree

from jdzfire.triage.ground import Ground

__all__ = ["name_places"]

_DIRECTIONS_ZH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_AT_PLACE_M = 300.0  # closer than this it is "at" the village [K]


def name_places(events: gpd.GeoDataFrame, ground: Ground) -> pd.DataFrame:
    """County, township and a place name for each event.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
    ground : Ground

    Returns
    -------
    DataFrame, n rows, index kept
        ``county``, ``township`` of the event's centre, null outside all areas; ``place`` such as
        浮梁县瑶里镇高岭村东北1.2公里; ``settlement_m`` to the nearest settlement [m], null
        when none is known.

    Notes
    -----
    The direction is from the settlement to the event. Where areas overlap the smaller id wins.
    """
    points = gpd.GeoSeries(
        gpd.points_from_xy(events["lon"], events["lat"]), index=events.index, crs="EPSG:4326"
    )
    county = _area_names(points, ground.admin, "county")
    township = _area_names(points, ground.admin, "township")
    near = _nearest_settlement(points, ground.settlements)
    lead = county.fillna("") + township.fillna("")
    is_seat = near["settlement"] == township  # 新枫街道新枫街道东南 says it twice
    words = near["settlement"].mask(is_seat, "").fillna("") + near["away"].fillna("")
    place = (lead + words).where(lead.str.len() + words.str.len() > 0, _coordinates(points))
    return pd.DataFrame(
        {
            "county": county,
            "township": township,
            "place": place.astype("str"),
            "settlement_m": near["settlement_m"],
        }
    )


def _area_names(points: gpd.GeoSeries, admin: gpd.GeoDataFrame, level: str) -> pd.Series:
    areas = admin[admin["level"] == level].sort_values("admin_id")
    names = pd.Series(None, index=points.index, dtype="str")
    if points.empty or areas.empty:
        return names
    left, right = STRtree(np.asarray(points)).query(
        np.asarray(areas.geometry), predicate="intersects"
    )
    for area, point in zip(left[::-1], right[::-1], strict=True):
        names.iloc[point] = areas["name"].iloc[area]
    return names


def _nearest_settlement(points: gpd.GeoSeries, settlements: gpd.GeoDataFrame) -> pd.DataFrame:
    near = pd.DataFrame(
        {
            "settlement": pd.Series(None, index=points.index, dtype="str"),
            "away": pd.Series(None, index=points.index, dtype="str"),
            "settlement_m": np.nan,
        },
        index=points.index,
    )
    if points.empty or settlements.empty:
        return near
    ordered = settlements.sort_values("settlement_id")
    metric = points.to_crs(ordered.crs)
    places = np.asarray(ordered.geometry)
    found, distance_m = STRtree(places).query_nearest(
        np.asarray(metric), return_distance=True, all_matches=False
    )
    for point, place, gap_m in zip(found[0], found[1], distance_m, strict=True):
        east = metric.x.iloc[point] - places[place].x
        north = metric.y.iloc[point] - places[place].y
        sector = round(np.degrees(np.arctan2(east, north)) / 45.0) % 8
        name = str(ordered["name"].iloc[place])
        away = "附近" if gap_m < _AT_PLACE_M else f"{_DIRECTIONS_ZH[sector]}{gap_m / 1000:.1f}公里"
        near.iloc[point] = [name, away, gap_m]
    return near


def _coordinates(points: gpd.GeoSeries) -> pd.Series:
    texts = [f"{x:.4f}°E {y:.4f}°N" for x, y in zip(points.x, points.y, strict=True)]
    return pd.Series(texts, index=points.index, dtype="str")
