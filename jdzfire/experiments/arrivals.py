"""When crews truly arrive in simulated seasons: by whom they are chosen, and where they stand.

The planner knows roads, ground and past fires; how fast crews truly are is the simulator's own
(``simulate/travel.py``). Every fire is answered twice or more under the same truth, so that ways of
choosing are compared pair by pair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401
from numpy.typing import NDArray
from pyproj import Transformer

from jdzfire.arrays import Floats, Ints
from jdzfire.reach.areas import areas_on
from jdzfire.reach.cube import reach_matrix
from jdzfire.reach.drive import DriveTimes, drive_times, put_on_road
from jdzfire.reach.network import RoadNetwork, build_network
from jdzfire.reach.speeds import TravelRules
from jdzfire.reach.walk import STEPS, WalkGrid, sample_cells, walk_grid
from jdzfire.registers.teams import stations
from jdzfire.simulate.season import Season, simulate_season
from jdzfire.simulate.travel import true_link_minutes, true_step_minutes, true_turn_out
from jdzfire.siting.blocks import blocks_of, fires_on_blocks
from jdzfire.siting.relocation import Rules, plan_teams
from jdzfire.siting.sites import candidate_sites, spaced_sites
from jdzfire.terrain.sampling import TREE_COVER

HISTORY_YEARS = 3
"""Seasons before the one that is tested, from which fires are expected."""
WITHIN_MIN = 30.0
LIMIT_MIN = 400.0
"""Arrivals later than this count as this [min]."""
FORWARD_CREWS = 8
FEWEST_FIRES = 10
SPACING_M = 2_500.0
_KINDS = ("professional", "semi-professional")
_WINDOWS = (((2, 9), (2, 17)), ((4, 1), (4, 8)), ((12, 18), (12, 25)))
"""First and last day of the special periods: Spring Festival, Qingming, winter solstice of 2024."""


@dataclass(frozen=True)
class _Ground:
    """What is planned with and what is true of one land."""

    network: RoadNetwork
    true_network: RoadNetwork
    grid: WalkGrid
    true_steps: NDArray[np.float32]
    teams: pd.DataFrame
    sites: pd.DataFrame
    places: Floats
    blocks: pd.DataFrame
    counties: gpd.GeoDataFrame


def arrivals_of_season(seed: int, *, year: int = 2024) -> pd.DataFrame:
    """True minutes until the first crew stands at each wildfire of a season, in each way.

    Parameters
    ----------
    seed : int
        Of the land, its people and the truth.
    year : int

    Returns
    -------
    DataFrame
        A row a wildfire: ``seed``, ``fire_id``, ``started_at``, and minutes ``straight`` (the
        team nearest by straight line goes), ``reach`` (the team first by planned minutes),
        ``soonest`` (the best anybody could have chosen), ``resited`` (planned minutes, all teams
        free to move within their counties), and in special periods ``forward`` (crews sent
        ahead), null else.
    """
    season = _registers_and_fires(year, seed)
    past = [_registers_and_fires(before, seed).fires for before in _before(year)]
    ground = _ground(season, seed)
    history = pd.concat(past, ignore_index=True)
    history = history[history["kind"] == "wildfire"]
    fires = season.fires[season.fires["kind"] == "wildfire"].reset_index(drop=True)
    found = fires[["fire_id", "started_at"]].assign(seed=seed)
    layouts = _layouts(ground, history, found["started_at"])
    used = sorted({site for sites, _ in layouts.values() for site in sites})
    place = {site: number for number, site in enumerate(used)}
    cells = _cells(ground, fires)
    some = replace(ground, places=ground.places[used])
    planned = _minutes(some, some.network, cells, None, LIMIT_MIN)
    truth = _minutes(some, some.true_network, cells, some.true_steps, LIMIT_MIN)
    truth = truth + true_turn_out((len(ground.sites), len(fires)), seed)[used]
    at = {name: [place[site] for site in sites] for name, (sites, _) in layouts.items()}
    found["straight"] = _arrival(_straight(some, fires), truth, at["today"])
    found["reach"] = _arrival(planned, truth, at["today"])
    found["soonest"] = _arrival(truth, truth, at["today"])
    found["resited"] = _arrival(planned, truth, at["resited"])
    found["forward"] = np.nan
    for name, (_, inside) in layouts.items():
        if name.startswith("forward"):
            found.loc[inside, "forward"] = _arrival(planned, truth, at[name])[inside]
    return found


def _before(year: int) -> range:
    return range(year - HISTORY_YEARS, year)


def _registers_and_fires(year: int, seed: int) -> Season:
    """A season whose sensors work one day: what they see is not needed."""
    return simulate_season(year, seed, days=(date(year, 1, 1), date(year, 1, 1)))


def _layouts(
    ground: _Ground, history: pd.DataFrame, started_at: pd.Series
) -> dict[str, tuple[tuple[int, ...], NDArray[np.bool_]]]:
    """Sites of each layout, and the fires it is for."""
    count = len(ground.teams)
    every = np.ones(len(started_at), dtype=bool)
    cells = ground.blocks["cell"].to_numpy()
    by_block = _minutes(ground, ground.network, cells, None, WITHIN_MIN + 1)
    areas = _areas(ground)
    homes = tuple(
        (mine, int(np.ceil(len(mine) / 2)))
        for area in np.unique(areas[:count])
        for mine in [np.flatnonzero(areas[:count] == area)]
    )

    def planned(rules: Rules, fires: pd.DataFrame) -> tuple[int, ...]:
        return plan_teams(
            by_block, _expected(ground, fires), ground.places, teams=count, within=WITHIN_MIN,
            rules=rules,
        ).sites  # fmt: skip

    found = {"today": (tuple(range(count)), every)}
    found["resited"] = planned(Rules(moves=count, areas=areas), history), every
    for number, (begin, end) in enumerate(_WINDOWS):
        inside = _in_window(started_at, begin, end, days=0)
        near = history[_in_window(history["started_at"], begin, end, days=20)]
        if inside.any():
            rules = Rules(moves=FORWARD_CREWS, areas=areas, homes=homes)
            fires = near if len(near) >= FEWEST_FIRES else history
            found[f"forward {number}"] = planned(rules, fires), inside
    return found


def _ground(season: Season, seed: int) -> _Ground:
    rules = TravelRules()
    network = build_network(season.roads, rules)
    link_class = season.roads["road_class"].to_numpy()[network.road]
    true_minutes = true_link_minutes(network.length_m, link_class, seed)
    true_network = replace(network, forward=true_minutes, backward=true_minutes)
    dem = season.dem.rio.write_crs(4326)
    cover = season.landcover.rio.write_crs(4326)
    area = season.admin[season.admin["level"] == "county"].to_crs(network.crs)
    west, south, east, north = area.total_bounds
    grid = walk_grid((west, south, east, north), network.crs, dem=dem, landcover=cover, rules=rules)
    x, y = np.meshgrid(*grid.middles())
    code = sample_cells(cover, grid.crs, x, y, name="landcover")
    zones = season.zones
    forest = (areas_on(grid, zones.geometry) >= 0) & ((code == TREE_COVER) | np.isnan(code))
    counties = season.admin[season.admin["level"] == "county"].reset_index(drop=True)
    number = areas_on(grid, counties.geometry)
    blocks = blocks_of(grid, {"forest_ha": np.where(forest, 1.0, 0.0)}, number, number)
    counted = season.teams[season.teams["kind"].isin(_KINDS)]
    ready = stations(counted).reset_index(drop=True)
    possible = candidate_sites(season.settlements, roads=season.roads)
    to_metres = Transformer.from_crs(4326, network.crs, always_xy=True)
    px, py = to_metres.transform(possible["lon"].to_numpy(), possible["lat"].to_numpy())
    kept = spaced_sites(possible, px, py, spacing_m=SPACING_M)
    own = np.column_stack(to_metres.transform(ready["lon"].to_numpy(), ready["lat"].to_numpy()))
    places = np.vstack([own, np.column_stack([px[kept], py[kept]])])
    sites = pd.concat([ready[["lon", "lat"]], possible.iloc[kept][["lon", "lat"]]])
    return _Ground(
        network=network,
        true_network=true_network,
        grid=grid,
        true_steps=true_step_minutes(grid.height_m, code, grid.cell_m, STEPS, seed),
        teams=ready,
        sites=sites.reset_index(drop=True),
        places=places,
        blocks=blocks,
        counties=counties,
    )


def _cells(ground: _Ground, fires: pd.DataFrame) -> Ints:
    """Cell of each fire; the nearest open one where its own is closed to both."""
    to_metres = Transformer.from_crs(4326, ground.network.crs, always_xy=True)
    x, y = to_metres.transform(fires["lon"].to_numpy(), fires["lat"].to_numpy())
    rows, columns = ground.grid.shape
    row, column = ground.grid.cells_of(np.asarray(x), np.asarray(y))
    cell = np.clip(row, 0, rows - 1) * columns + np.clip(column, 0, columns - 1)
    return np.asarray(cell, dtype=np.int64)


def _minutes(
    ground: _Ground,
    network: RoadNetwork,
    cells: Ints,
    steps: NDArray[np.float32] | None,
    limit_min: float,
) -> Floats:
    """Minutes from each place to some cells; with steps the true ones, without turn-out."""
    times: DriveTimes = drive_times(network, put_on_road(network, *ground.places.T))
    planned = 0.0 if steps is not None else TravelRules().turn_out_min
    found = reach_matrix(
        network, times, ground.grid, cells, turn_out_min=planned, limit_min=limit_min, steps=steps
    )
    minutes: Floats = np.minimum(np.asarray(found, dtype=float), limit_min)
    return minutes


def _straight(ground: _Ground, fires: pd.DataFrame) -> Floats:
    """Straight line from each site to each fire [m]."""
    to_metres = Transformer.from_crs(4326, ground.network.crs, always_xy=True)
    x, y = to_metres.transform(fires["lon"].to_numpy(), fires["lat"].to_numpy())
    away = np.column_stack([x, y])[None, :, :] - ground.places[:, None, :]
    metres: Floats = np.hypot(away[..., 0], away[..., 1])
    return metres


def _arrival(told: Floats, truth: Floats, sites: list[int] | tuple[int, ...]) -> Floats:
    """True minutes of the site that is told to be first."""
    here = list(sites)
    first = told[here].argmin(axis=0)
    return np.asarray(truth[here][first, np.arange(truth.shape[1])], dtype=float)


def _expected(ground: _Ground, fires: pd.DataFrame) -> Floats:
    points = gpd.GeoSeries.from_xy(fires["lon"], fires["lat"], crs=4326)
    return fires_on_blocks(ground.grid, ground.blocks, points)[0]


def _areas(ground: _Ground) -> Ints:
    points = gpd.GeoSeries.from_xy(ground.sites["lon"], ground.sites["lat"], crs=4326)
    joined = gpd.GeoDataFrame(geometry=points).sjoin(ground.counties[["geometry"]], how="left")
    number = joined["index_right"][~joined.index.duplicated()]
    return np.asarray(number.fillna(-1), dtype=np.int64)


def _in_window(
    times: pd.Series, begin: tuple[int, int], end: tuple[int, int], *, days: int
) -> NDArray[np.bool_]:
    """Whether times lie in a period of the year (Beijing days), or so many days from it."""
    local = pd.to_datetime(times, utc=True).dt.tz_convert("Asia/Shanghai")
    day = local.dt.day_of_year.to_numpy()
    first, last = (pd.Timestamp(2024, month, at).day_of_year for month, at in (begin, end))
    return np.asarray((day >= first - days) & (day <= last + days))
