"""Minutes on a simulated city and province: the cube, one moved team, tiles, and memory.

    python benchmarks/bench_reach.py [--seed 1] [--province] [--cell 100]

The cube of the city's teams is made by the compiled search; the baseline is scipy's Dijkstra over the same
cells for one team, in the same run. With ``--province`` the teams and roads of the simulated province are
reckoned tile by tile; the peak of memory is that of the whole process, so it is run alone.
"""  # noqa: E501

from __future__ import annotations

import argparse
import resource
import time
from datetime import date

import numpy as np
import rioxarray  # noqa: F401
from pyproj import Transformer
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from jdzfire.reach.cube import move_team, reach_cube, road_exits
from jdzfire.reach.drive import drive_times, minutes_at, put_on_road
from jdzfire.reach.network import build_network
from jdzfire.reach.speeds import TravelRules
from jdzfire.reach.tiles import reach_tiles
from jdzfire.reach.walk import walk_graph, walk_grid
from jdzfire.registers.teams import stations
from jdzfire.simulate.forces import build_teams
from jdzfire.simulate.roads import build_roads
from jdzfire.simulate.scales import choose_scale
from jdzfire.simulate.season import _as_raster, _build_country

TURN_OUT, LIMIT = 10.0, 60.0


def land_of(scale: str, seed: int):
    """Roads, teams, heights, cover and area of a simulated land."""
    amounts = choose_scale(scale)
    country = _build_country(amounts, date(2024, 1, 1).year, seed)
    roads = build_roads(
        country.region, country.land, country.settlements, seed, step=amounts.route_deg
    )
    teams = build_teams(country.region, amounts, seed)
    dem = _as_raster(country.land, country.land.height_m.astype(np.float32), "m")
    cover = _as_raster(country.land, country.land.cover.astype(np.uint8), "1")
    admin = country.region.admin
    return roads, teams, dem.rio.write_crs(4326), cover.rio.write_crs(4326), admin


def peak_mb() -> float:
    """Most memory of the process so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def told(what: str, since: float) -> float:
    """Print and give the seconds since."""
    seconds = time.perf_counter() - since
    print(f"{what}: {seconds:.2f} s, peak {peak_mb():.0f} MB", flush=True)
    return seconds


def city(seed: int, cell_m: float) -> None:
    """The cube of the city."""
    roads, teams, dem, cover, admin = land_of("city", seed)
    rules = TravelRules()
    begun = time.perf_counter()
    network = build_network(roads, rules)
    told(f"network of {len(network.shapes)} links", begun)
    area = admin[admin["level"] == "county"].to_crs(network.crs)
    begun = time.perf_counter()
    bounds = tuple(float(edge) for edge in area.total_bounds)
    grid = walk_grid(bounds, network.crs, cell_m=cell_m, dem=dem, landcover=cover, rules=rules)
    told(f"ground of {grid.height_m.size:,} cells", begun)
    ready = stations(teams)
    to_metres = Transformer.from_crs(4326, network.crs, always_xy=True)
    x, y = to_metres.transform(ready["lon"].to_numpy(), ready["lat"].to_numpy())
    ids = list(ready["team_id"])
    for turn in ("first, with compiling or its cache", "again"):
        begun = time.perf_counter()
        times = drive_times(network, put_on_road(network, x, y))
        cube = reach_cube(
            network, times, grid, team_ids=ids, turn_out_min=TURN_OUT, limit_min=LIMIT
        )
        seconds = told(f"cube of {len(ids)} teams, {turn}", begun)
    begun = time.perf_counter()
    move_team(cube, network, grid, ids[0], float(x[1]) + 500, float(y[1]))
    told("one team moved", begun)
    begun = time.perf_counter()
    exits = road_exits(network, grid)
    start = minutes_at(network, times, exits.places)[0] + TURN_OUT
    graph = walk_graph(grid)
    soonest = np.full(graph.shape[0], np.inf)
    np.minimum.at(soonest, exits.cell, start)
    held = np.flatnonzero(np.isfinite(soonest))
    source = sparse.csr_array((soonest[held], (np.zeros_like(held), held)), (1, graph.shape[0]))
    whole = sparse.vstack(
        [sparse.hstack([graph, sparse.csr_array((graph.shape[0], 1))]),
         sparse.hstack([source, sparse.csr_array((1, 1))])]
    ).tocsr()  # fmt: skip
    built = told("baseline: the graph of the cells", begun)
    begun = time.perf_counter()
    plain = dijkstra(whole, indices=graph.shape[0], limit=LIMIT)[:-1]
    one = told("baseline: scipy's Dijkstra for one team", begun)
    mine = cube["minutes"].to_numpy()[0].ravel()
    both = np.isfinite(mine) & np.isfinite(plain)
    apart = np.abs(plain[both] - mine[both]).max(initial=0.0)
    other = (np.isfinite(mine) != np.isfinite(plain)).sum()
    print(f"largest difference {apart:.4f} min, {other} cells reached by one only")
    print(f"ratio to scipy, a team: {seconds / len(ids) / one:.2f} (its graph {built:.1f} s aside)")


def province(seed: int, cell_m: float) -> None:
    """The province by tiles."""
    begun = time.perf_counter()
    roads, teams, dem, cover, admin = land_of("province", seed)
    told("simulated province", begun)
    rules = TravelRules()
    begun = time.perf_counter()
    network = build_network(roads, rules)
    told(f"network of {len(network.shapes)} links, {network.node_count} nodes", begun)
    ready = stations(teams)
    to_metres = Transformer.from_crs(4326, network.crs, always_xy=True)
    x, y = to_metres.transform(ready["lon"].to_numpy(), ready["lat"].to_numpy())
    begun = time.perf_counter()
    times = drive_times(network, put_on_road(network, x, y), limit_min=LIMIT)
    told(f"drive times of {len(ready)} teams", begun)
    area = admin[admin["level"] == "county"].to_crs(network.crs)
    west, south, east, north = (float(edge) // cell_m * cell_m for edge in area.total_bounds)

    def ground(bounds):
        return walk_grid(bounds, network.crs, cell_m=cell_m, dem=dem, landcover=cover, rules=rules)

    begun, cells, reached = time.perf_counter(), 0, 0
    for tile in reach_tiles(
        network, times, ground, (west, south, east, north), turn_out_min=TURN_OUT, limit_min=LIMIT
    ):
        cells += tile.reached.first.size
        reached += int(np.isfinite(tile.reached.first).sum())
    seconds = told(f"{cells:,} cells by tiles", begun)
    share, each = reached / cells, seconds / cells * 1e6
    print(f"reached within {LIMIT:g} min: {share:.1%}; {each:.1f} us a cell")


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--province", action="store_true")
    parser.add_argument("--cell", type=float, default=100.0)
    options = parser.parse_args()
    (province if options.province else city)(options.seed, options.cell)


if __name__ == "__main__":
    main()
