"""Relief, rivers and land cover on one grid.

Heights are fractal noise over a hand-made regional trend, cut by the rivers; land cover follows
slope, height, water and settlements, so that the forest share comes out near the real 65 % [K].
Codes are those of ESA WorldCover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom
from scipy.special import erf
from shapely import LineString

from jdzfire.arrays import Floats
from jdzfire.simulate import gazetteer, jiangxi
from jdzfire.simulate.noise import random_field, stream
from jdzfire.simulate.places import EARTH_KM, Region

TREE, SHRUB, GRASS, CROP, BUILT, BARE, WATER = 10, 20, 30, 40, 50, 60, 80
FOREST_SHARE = 0.65
"""Share of forest in the city's land, between its counties' published values [K]."""

MARGIN_DEG = 0.06
NOISE_DEG = 0.16
"""Longest wave of the hills: about 16 km, the spacing of the main valleys [K]."""

Codes = NDArray[np.int16]


@dataclass(frozen=True)
class Grid:
    """A north-up grid of square cells in degrees."""

    west: float
    north: float
    step: float
    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.rows, self.cols

    @property
    def transform(self) -> Affine:
        """Affine transform of the cells' upper left corners."""
        return Affine(self.step, 0.0, self.west, 0.0, -self.step, self.north)

    @property
    def lons(self) -> Floats:
        """Longitudes of the cell centres, west to east [degree]."""
        return np.asarray(self.west + (np.arange(self.cols) + 0.5) * self.step, dtype=np.float64)

    @property
    def lats(self) -> Floats:
        """Latitudes of the cell centres, north to south [degree]."""
        return np.asarray(self.north - (np.arange(self.rows) + 0.5) * self.step, dtype=np.float64)

    @property
    def cell_km(self) -> tuple[float, float]:
        """Height and width of a middle cell [km]."""
        middle = np.radians(self.north - self.rows * self.step / 2)
        return self.step * EARTH_KM, self.step * EARTH_KM * float(np.cos(middle))


@dataclass(frozen=True)
class Land:
    """The land as grids; every array has the grid's shape."""

    grid: Grid
    height_m: Floats
    slope_deg: Floats
    river_km: Floats
    """Distance to the next river [km]."""
    township: NDArray[np.int32]
    """Row number in the region's townships, -1 outside."""
    cover: Codes
    """Land cover code; all TREE until `cover_land`."""


def build_grid(region: Region, step: float) -> Grid:
    """The grid around a region, its edges on whole multiples of the step."""
    west, south, east, north = region.bounds
    left = np.floor((west - MARGIN_DEG) / step) * step
    top = np.ceil((north + MARGIN_DEG) / step) * step
    cols = int(np.ceil((east + MARGIN_DEG - left) / step))
    rows = int(np.ceil((top - south + MARGIN_DEG) / step))
    return Grid(round(float(left), 6), round(float(top), 6), step, rows, cols)


def sample_grid(grid: Grid, values: NDArray, lon: Floats, lat: Floats) -> NDArray:  # type: ignore[type-arg]
    """Values of the cells the points fall in; points outside take the edge's value."""
    row = np.clip(((grid.north - np.asarray(lat)) / grid.step).astype(int), 0, grid.rows - 1)
    col = np.clip(((np.asarray(lon) - grid.west) / grid.step).astype(int), 0, grid.cols - 1)
    return np.asarray(values[row, col])


def build_relief(region: Region, grid: Grid, seed: int) -> Land:
    """Heights, slopes, rivers and township numbers; land cover still all forest.

    Heights are in metres; slopes in degrees at the grid's own step, so gentler than on the
    ground.
    """
    base, hills = _regional_trend(region, grid)
    river_km = _river_distance(region, grid, seed)
    fine = _hill_noise(grid, seed)
    # the error function spreads the noise evenly over 0..1; the power widens the valleys
    ruggedness = 2.2 * (0.5 * (1 + erf(fine / 1.4))) ** 1.7
    height = base + hills * ruggedness
    valley = 1 - np.exp(-((river_km / 2.2) ** 1.3))
    bed = np.minimum(base * 0.55 + 8, height)
    height = bed + (height - bed) * valley
    rows_km, cols_km = grid.cell_km
    down, right = np.gradient(height, rows_km * 1000, cols_km * 1000)
    shapes = zip(region.townships.geometry, range(len(region.townships)), strict=True)
    township = rasterize(
        shapes, out_shape=grid.shape, transform=grid.transform, fill=-1, dtype="int32"
    )
    return Land(
        grid=grid,
        height_m=np.round(height, 1),
        slope_deg=np.degrees(np.arctan(np.hypot(down, right))),
        river_km=river_km,
        township=township,
        cover=np.full(grid.shape, TREE, dtype=np.int16),
    )


def cover_land(region: Region, land: Land, villages: Floats, seed: int) -> Codes:
    """Land cover codes by cell.

    Water lies on the rivers, buildings around the seats and villages, fields on what is low,
    flat and near water or people; of the rest all but some shrub, tea and grass is forest. The
    field share is set so that the forest share of the region is FOREST_SHARE.

    Parameters
    ----------
    region : Region
    land : Land
    villages : ndarray [degree], n x 2
        Longitude and latitude of the villages.
    seed : int
    """
    grid = land.grid
    rng = stream(seed, "landcover")
    patches = random_field(rng, grid.shape, slope=2.2)
    inside = land.township >= 0
    village_km = _distance_km(grid, [shapely.Point(p) for p in villages])
    town_km = _town_distance(region, grid)
    water = land.river_km < np.where(patches > 0.6, 0.16, 0.10)
    built = (town_km < 1.0 + 0.25 * patches) | ((village_km < 0.2) & (patches > -0.8))
    fields = (
        -land.slope_deg / 4.0
        - land.height_m / 160.0
        - np.minimum(village_km, 4.0) / 2.5
        - np.minimum(land.river_km, 6.0) / 6.0
        + 0.8 * random_field(rng, grid.shape, slope=2.0)
    )
    cover = np.full(grid.shape, TREE, dtype=np.int16)
    tea = random_field(rng, grid.shape, slope=2.0)
    cover[(tea > 1.7) & (land.slope_deg < 12)] = SHRUB
    cover[(tea < -2.1)] = GRASS
    cover[(patches > 3.0)] = BARE
    cover[built] = BUILT
    cover[water] = WATER
    lost = FOREST_SHARE - (cover[inside] == TREE).mean()
    open_cells = inside & (cover == TREE)
    share = min(max(-lost, 0.0) * inside.sum() / max(open_cells.sum(), 1), 1.0)
    cut = np.quantile(fields[open_cells], 1.0 - share)
    cover[(cover == TREE) & (fields > cut)] = CROP
    return cover


def _regional_trend(region: Region, grid: Grid) -> tuple[Floats, Floats]:
    """Base height and hill height by inverse distance from the hand-set places."""
    known = gazetteer.CITY_RELIEF
    if region.scale == "province":
        known = known + jiangxi.PROVINCE_RELIEF
    points = np.array(known, dtype=float)
    coarse = 0.02
    lats = np.arange(grid.north, grid.north - grid.rows * grid.step - coarse, -coarse)
    lons = np.arange(grid.west, grid.west + grid.cols * grid.step + coarse, coarse)
    squeeze = np.cos(np.radians(lats.mean()))
    weight_sum = np.zeros((len(lats), len(lons)))
    base = np.zeros_like(weight_sum)
    hills = np.zeros_like(weight_sum)
    for lon, lat, base_m, hills_m in points:
        far = ((lons[None, :] - lon) * squeeze) ** 2 + (lats[:, None] - lat) ** 2
        weight = 1.0 / (far + 0.004) ** 1.5
        weight_sum += weight
        base += weight * base_m
        hills += weight * hills_m
    fine = [
        zoom(gaussian_filter(field / weight_sum, 1.5), coarse / grid.step, order=1)
        for field in (base, hills)
    ]
    return fine[0][: grid.rows, : grid.cols], fine[1][: grid.rows, : grid.cols]


def _hill_noise(grid: Grid, seed: int) -> Floats:
    """Fractal noise without waves longer than NOISE_DEG."""
    noise = random_field(stream(seed, "relief"), grid.shape, slope=3.4)
    high = noise - gaussian_filter(noise, NOISE_DEG / grid.step / 2)
    return np.asarray(high / high.std())


def _river_distance(region: Region, grid: Grid, seed: int) -> Floats:
    known = gazetteer.CITY_RIVERS
    if region.scale == "province":
        known = known + jiangxi.PROVINCE_RIVERS
    rng = stream(seed, "rivers")
    lines = [_meander(rng, course) for _, _, course in known]
    return _distance_km(grid, lines)


def _meander(rng: np.random.Generator, course: tuple[tuple[float, float], ...]) -> LineString:
    """A river's course with bends of a kilometre or two, its ends kept."""
    line = LineString(course).segmentize(0.004)
    places = shapely.get_coordinates(line)
    bends = gaussian_filter(rng.standard_normal(places.shape), (4, 0))
    taper = np.sin(np.linspace(0, np.pi, len(places)))[:, None]
    return LineString(places + bends / bends.std() * 0.006 * taper)


def _town_distance(region: Region, grid: Grid) -> Floats:
    """Distance to the seats in units of their own radius, by size of the place."""
    towns = region.townships
    core = [
        shapely.Point(row.lon, row.lat).buffer(0.011 if row.kind == "street" else 0.004)
        for row in towns.itertuples(index=False)
    ]
    seats = [shapely.Point(place).buffer(0.013) for place in region.county_seats.values()]
    return _distance_km(grid, [*core, *seats]) / 0.3


def _distance_km(grid: Grid, shapes: Sequence[shapely.Geometry]) -> Floats:
    """Distance of each cell to the nearest cell a shape touches [km]."""
    touched = rasterize(
        [(shape, 1) for shape in shapes],
        out_shape=grid.shape,
        transform=grid.transform,
        all_touched=True,
        dtype="uint8",
    )
    return np.asarray(distance_transform_edt(touched == 0, sampling=grid.cell_km))
