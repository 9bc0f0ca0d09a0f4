"""Proposing heat sources among a million hotspots, against counting all pairs of neighbours.

    python benchmarks/bench_proposals.py [ROWS ...]

Hotspots of three years are made up: three in ten of 300 works a million, the rest of fires of a
dozen each. Prints seconds of ``propose_sources``, places proposed, works there are, and the ratio
to counting dates plainly (``cKDTree.query_pairs``), which is tried up to 100,000 rows only.
"""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from jdzfire.crs import metric_crs
from jdzfire.registers.source_proposals import ProposalRules, propose_sources

PLAIN_ROWS = 100_000
SECONDS = 3 * 365 * 86_400
WEST, SOUTH, EAST, NORTH = 113.5, 24.5, 118.5, 30.0


def made_hotspots(rows: int) -> tuple[gpd.GeoDataFrame, int]:
    """Works and fires of three years in Jiangxi, and how many works."""
    rng = np.random.default_rng(1)
    sites, per_fire = max(3, rows * 300 // 1_000_000), 12
    at_works = rows * 3 // 10
    work = rng.integers(0, sites, at_works)
    fire = np.arange(rows - at_works) // per_fire
    places = rng.uniform((WEST, SOUTH), (EAST, NORTH), (sites + int(fire[-1]) + 1, 2))
    at = np.concatenate([work, sites + fire])
    scatter_m = np.repeat([200.0, 500.0], [at_works, len(fire)])[:, None]
    lonlat = places[at] + rng.normal(0.0, 1.0, (rows, 2)) * scatter_m / (97_000.0, 111_000.0)
    begin = rng.integers(0, SECONDS, len(places))[at]
    seconds = np.where(
        at < sites, rng.integers(0, SECONDS, rows), begin + rng.integers(0, 172_800, rows)
    )
    is_night = rng.random(rows) < np.where(at < sites, 0.6, 0.3)
    frp = rng.lognormal(np.where(at < sites, 0.5, 1.2), np.where(at < sites, 0.4, 1.0))
    table = gpd.GeoDataFrame(
        {
            "instrument": "VIIRS",
            "acquired_at": pd.to_datetime(seconds * 1_000_000, unit="us", utc=True).astype(
                "datetime64[us, UTC]"
            ),
            "is_day": pd.array(~is_night, dtype="boolean"),
            "frp_mw": frp,
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs="EPSG:4326",
    )
    return table, sites


def count_dates_plainly(hotspots: gpd.GeoDataFrame) -> int:
    """Hotspots with enough dates around them, by all pairs."""
    metric = hotspots.geometry.to_crs(metric_crs((WEST, SOUTH, EAST, NORTH)))
    rules = ProposalRules()
    tree = cKDTree(np.column_stack([metric.x, metric.y]))
    pairs = tree.query_pairs(rules.near_m, output_type="ndarray")
    selves = np.column_stack([np.arange(len(hotspots))] * 2)
    both = np.concatenate([pairs, pairs[:, ::-1], selves])
    day = hotspots["acquired_at"].astype("int64").to_numpy() // 86_400_000_000
    seen = np.unique(np.column_stack([both[:, 0], day[both[:, 1]]]), axis=0)
    return int((np.bincount(seen[:, 0]) >= rules.min_dates).sum())


if __name__ == "__main__":
    for rows in [int(word) for word in sys.argv[1:]] or [100_000, 1_000_000]:
        hotspots, sites = made_hotspots(rows)
        began = time.perf_counter()
        found = propose_sources(hotspots)
        seconds = time.perf_counter() - began
        line = f"{rows:,} hotspots: {seconds:.2f} s, {len(found)} places of {sites} works"
        if rows <= PLAIN_ROWS:
            began = time.perf_counter()
            count_dates_plainly(hotspots)
            line += f", {(time.perf_counter() - began) / seconds:.1f} times faster than all pairs"
        print(line)
