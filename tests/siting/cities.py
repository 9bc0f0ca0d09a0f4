from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

METRIC = "EPSG:4548"
ORIGIN = (500_000.0, 3_250_000.0)


def lonlat(x_m: object, y_m: object) -> gpd.GeoSeries:
    """Places so many metres east and north of the origin, in EPSG:4326."""
    x, y = np.asarray(x_m, float) + ORIGIN[0], np.asarray(y_m, float) + ORIGIN[1]
    return gpd.GeoSeries(gpd.points_from_xy(x, y), crs=METRIC).to_crs("EPSG:4326")


def zones_of(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    """Zones from boxes (west, south, east, north) in metres from the origin."""
    boxes = [shapely.box(*(np.array(row["box"], float) + np.tile(ORIGIN, 2))) for row in rows]
    table = gpd.GeoDataFrame(
        {
            "zone_id": pd.Series([f"Z{i}" for i in range(len(rows))], dtype="str"),
            "county": pd.Series([row.get("county") for row in rows], dtype="str"),
            "township": pd.Series([row.get("township") for row in rows], dtype="str"),
        },
        geometry=boxes,
        crs=METRIC,
    )
    return table.to_crs("EPSG:4326")


def teams_at(
    places_m: list[tuple[float, float]], *, available: list[bool] | None = None
) -> gpd.GeoDataFrame:
    """Teams so many metres from the origin."""
    points = lonlat([x for x, _ in places_m], [y for _, y in places_m])
    return gpd.GeoDataFrame(
        {
            "team_id": pd.Series([f"T{i}" for i in range(len(places_m))], dtype="str"),
            "name": pd.Series([f"{i}队" for i in range(len(places_m))], dtype="str"),
            "available": pd.Series(available or [True] * len(places_m), dtype="boolean"),
        },
        geometry=points.to_numpy(),
        crs="EPSG:4326",
    )


def settlements_at(places_m: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """Settlements so many metres from the origin."""
    points = lonlat([x for x, _ in places_m], [y for _, y in places_m])
    return gpd.GeoDataFrame(
        {
            "settlement_id": pd.Series([f"S{i}" for i in range(len(places_m))], dtype="str"),
            "name": pd.Series([f"{i}村" for i in range(len(places_m))], dtype="str"),
            "kind": pd.Series(["village"] * len(places_m), dtype="str"),
        },
        geometry=points.to_numpy(),
        crs="EPSG:4326",
    )
