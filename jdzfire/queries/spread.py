"""How far open events may spread until crews arrive, from the registers of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from pyproj import Transformer

from jdzfire.queries.grids import load_danger, load_landcover
from jdzfire.queries.reach import load_ground
from jdzfire.reach import OUTLOOK_COLUMNS
from jdzfire.reach.spread import LIMIT_MIN, FireWeather, spread_outlook
from jdzfire.reach.walk import WalkGrid, sample_cells
from jdzfire.weather.sampling import sample_weather
from jdzfire.workspace import Workspace

LATER_MIN = (0.0, 60.0, 120.0)
"""Minutes after the first team arrives that an outlook is for [min]."""
_WINDOW_M = 8_000.0
"""Ground round the event that is looked at [m]."""


def outlook_events(
    workspace: Workspace,
    events: pd.DataFrame,
    nearest: pd.DataFrame,
    *,
    at: datetime,
    wind_from_deg: float | None = None,
) -> gpd.GeoDataFrame:
    """Ground each event may have reached when the first team arrives, and one and two hours later.

    Parameters
    ----------
    workspace : Workspace
    events : DataFrame [EVENTS]
    nearest : DataFrame [NEAREST_COLUMNS]
        The first team's minutes; without them the outlook is for now.
    at : datetime, aware
        It burns since it was first seen, at least.
    wind_from_deg : float [degree], optional
        Where the wind comes from; the weather register does not hold it.

    Returns
    -------
    GeoDataFrame [OUTLOOK_COLUMNS, EPSG:4326 polygons]
        Nothing for an event that burns longer than the model is good for, lies off the watched
        area, or whose weather is not known.
    """
    none = gpd.GeoDataFrame(
        pd.DataFrame(columns=list(OUTLOOK_COLUMNS)).astype(OUTLOOK_COLUMNS),
        geometry=gpd.GeoSeries([], crs=4326),
    )
    danger = None if events.empty else load_danger(workspace)
    if danger is None:
        return none
    grid = load_ground(workspace)
    cover = load_landcover(workspace)
    first = nearest[nearest["rank"] == 1].set_index("event_id")["minutes"]
    x, y = Transformer.from_crs(4326, grid.crs, always_xy=True).transform(
        events["lon"].to_numpy(float), events["lat"].to_numpy(float)
    )
    weather = sample_weather(danger, events["lon"], events["lat"], at)
    parts = []
    for place, (event_id, seen_at) in enumerate(
        zip(events["event_id"], events["first_seen_at"], strict=True)
    ):
        coming = float(first.get(event_id, 0.0))
        burning = max((at - seen_at).total_seconds() / 60, 0.0)
        burning += 0.0 if np.isnan(coming) else coming
        day = weather.iloc[place]
        if burning > LIMIT_MIN or day[["tmax_c", "wind_ms", "rh_pct"]].isna().any():
            continue
        fire = FireWeather(
            float(day["tmax_c"]), float(day["wind_ms"]), float(day["rh_pct"]), wind_from_deg
        )
        rows = _outlook(grid, cover, float(x[place]), float(y[place]), fire, burning)
        parts.append(pd.DataFrame(rows).assign(event_id=event_id))
    if not parts or not sum(map(len, parts)):
        return none
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=grid.crs).to_crs(4326)
    return table[[*OUTLOOK_COLUMNS, "geometry"]].astype(OUTLOOK_COLUMNS)


def _outlook(
    grid: WalkGrid,
    cover: xr.DataArray | None,
    x: float,
    y: float,
    weather: FireWeather,
    burning: float,
) -> list[dict[str, Any]]:
    """Rows of one event, none off the grid."""
    row, column = (int(one[0]) for one in grid.cells_of(np.array([x]), np.array([y])))
    if row < 0:
        return []
    half = int(_WINDOW_M // grid.cell_m)
    rows = slice(max(row - half, 0), row + half + 1)
    part = grid.window(rows, slice(max(column - half, 0), column + half + 1))
    codes = np.full(part.shape, np.nan)
    if cover is not None:
        at_x, at_y = np.meshgrid(*part.middles())
        codes = sample_cells(cover, part.crs, at_x, at_y, name="landcover")
    found = spread_outlook(part, codes, x, y, weather, [burning + later for later in LATER_MIN])
    return [
        {
            "later_min": later,
            "after_min": one.after_min,
            "area_ha": one.area_ha,
            "low_ha": one.low_ha,
            "high_ha": one.high_ha,
            "is_wind_known": weather.wind_from_deg is not None,
            "geometry": one.shape,
        }
        for later, one in zip(LATER_MIN, found, strict=True)
    ]
