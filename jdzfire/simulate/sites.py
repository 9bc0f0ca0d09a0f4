"""Where a fire may start: chances over the land's cells, and names for the place drawn."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.ndimage import distance_transform_edt
from scipy.spatial import KDTree

from jdzfire.arrays import Floats
from jdzfire.simulate.land import CROP, TREE, Land, sample_grid
from jdzfire.simulate.places import Region, to_plane_km


@dataclass(frozen=True)
class Sites:
    """The land as one who starts a fire sees it."""

    region: Region
    land: Land
    settlements: gpd.GeoDataFrame
    village_km: Floats
    """Distance to the next settlement, by cell [km]."""
    forest_km: Floats
    """Distance to the next forest cell, by cell; 0 in the forest [km]."""
    clearing_km: Floats
    """Distance to the next cell that is not forest; 0 outside the forest [km]."""

    def draw(self, rng: np.random.Generator, chance: Floats, count: int) -> tuple[Floats, Floats]:
        """Places drawn by the cells' chances: longitude, latitude [degree]."""
        weights = np.where(self.land.township >= 0, chance, 0.0).ravel()
        total = np.cumsum(weights)
        cells = np.searchsorted(total, rng.random(count) * total[-1], side="right")
        rows, cols = np.unravel_index(cells, self.land.grid.shape)
        shake = rng.uniform(-0.45, 0.45, (2, count)) * self.land.grid.step
        lon = self.land.grid.lons[cols] + shake[0]
        lat = self.land.grid.lats[rows] + shake[1]
        return lon.round(6), lat.round(6)

    def wildfire_chance(self) -> Floats:
        """Forest near its edge and near people."""
        near = 0.12 + np.exp(-self.village_km / 1.5)
        edge = np.exp(-self.clearing_km / 0.8)
        return np.where(self.land.cover == TREE, edge * near, 0.0)

    def burn_chance(self) -> Floats:
        """Forest that is not too steep or high, with room for a lot."""
        fits = (self.land.cover == TREE) & (self.clearing_km > 0.3) & (self.land.slope_deg < 22)
        fits &= self.village_km > 0.4
        return np.where(fits, np.exp(-self.land.height_m / 400.0), 0.0)

    def farm_chance(self) -> Floats:
        """Fields, seldom at the very edge of the forest."""
        away = np.minimum(0.08 + self.forest_km / 0.6, 1.0)
        return np.where(self.land.cover == CROP, away, 0.0)

    def describe(self, lon: Floats, lat: Floats) -> pd.DataFrame:
        """County, township and the nearest settlement's name for each place."""
        number = sample_grid(self.land.grid, self.land.township, lon, lat)
        number = np.where(number < 0, 0, number)
        towns = self.region.townships
        lat0 = float(self.land.grid.lats.mean())
        points = self.settlements.geometry
        known = KDTree(np.column_stack(to_plane_km(points.x, points.y, lat0=lat0)))
        _, nearest = known.query(np.column_stack(to_plane_km(lon, lat, lat0=lat0)))
        return pd.DataFrame(
            {
                "county": towns["county"].to_numpy()[number],
                "township": towns["name"].to_numpy()[number],
                "place": self.settlements["name"].to_numpy()[nearest],
            }
        )


def build_sites(region: Region, land: Land, settlements: gpd.GeoDataFrame) -> Sites:
    """Distances from every cell to people, forest and clearings."""
    people = np.ones(land.grid.shape, dtype=bool)
    rows = ((land.grid.north - settlements.geometry.y) / land.grid.step).astype(int)
    cols = ((settlements.geometry.x - land.grid.west) / land.grid.step).astype(int)
    people[rows.to_numpy(), cols.to_numpy()] = False
    forest = land.cover == TREE
    km = land.grid.cell_km
    return Sites(
        region=region,
        land=land,
        settlements=settlements,
        village_km=distance_transform_edt(people, sampling=km),
        forest_km=distance_transform_edt(~forest, sampling=km),
        clearing_km=distance_transform_edt(forest, sampling=km),
    )
