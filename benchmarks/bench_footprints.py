"""Footprints of a million hotspots beside a plain script that draws and turns them one by one.

    python benchmarks/bench_footprints.py [--quick]

Made-up VIIRS, MODIS and Himawari rows in degrees; the plain script draws a box with shapely, turns
and scales it by ``shapely.affinity``. It is timed on a part of the rows, since its cost is the same
for each; shapes of both are compared there. Also the steps that look at footprints: cells moved by
the height of the ground, passes numbered, twins of the bow-tie noted. What bounds it: half the time
is the making of a million polygons in GEOS.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from made_province import make_province
from shapely import affinity
from shapely.geometry import Polygon, box

from jdzfire.hotspots.bowtie import note_bowtie
from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.hotspots.passing import number_passes

ROWS, QUICK_ROWS, PLAIN_ROWS = 1_000_000, 50_000, 20_000
RULES = FootprintRules()


def best_of(repeats: int, act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the fastest run, and what it gave."""
    seconds, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = act()
        seconds = min(seconds, time.perf_counter() - start)
    return seconds, result


def heading_deg(phi: float, is_ascending: bool) -> float:
    """Heading of the ground track."""
    sin_az = math.cos(math.radians(RULES.inclination_deg)) / math.cos(phi)
    speed = 2 * math.pi / RULES.period_s
    east = speed * sin_az - 2 * math.pi / 86_164.1 * math.cos(phi)
    north = speed * math.sqrt(1 - sin_az**2) * (1 if is_ascending else -1)
    return math.degrees(math.atan2(east, north))


def plain_footprint(row: Any) -> Polygon:
    """One rectangle in metres, turned, scaled to degrees and moved to its place."""
    lon, lat = row.geometry.x, row.geometry.y
    phi = math.radians(lat)
    if row.instrument == "AHI":
        east = RULES.ahi_cell_deg / 2 * 111_319.491 * math.cos(phi) + RULES.ahi_error_m
        north, turn = RULES.ahi_cell_deg / 2 * 111_132.954 + RULES.ahi_error_m, 0.0
    else:
        error = RULES.modis_error_m if row.instrument == "MODIS" else RULES.viirs_error_m
        east, north = row.scan_km * 500 + error, row.track_km * 500 + error
        hour = (row.acquired_at.hour + row.acquired_at.minute / 60 + lon / 15) % 24
        turn = heading_deg(phi, 6 <= hour < 18)
    per_lat = 111_132.954 - 559.822 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    per_lon = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi)
    shape = affinity.rotate(box(-east, -north, east, north), -turn, origin=(0, 0))
    shape = affinity.scale(shape, 1 / per_lon, 1 / per_lat, origin=(0, 0))
    return affinity.translate(shape, lon, lat)


def check_same(ours: gpd.GeoSeries, plain: gpd.GeoSeries) -> None:
    """The run fails when a shape differs by more than a millionth of its area."""
    a, b = np.asarray(ours), np.asarray(plain)
    splits = shapely.area(shapely.symmetric_difference(a, b)) / shapely.area(a)
    if splits.max() > 1e-6:
        raise SystemExit(f"shapes differ by up to {splits.max():.2e} of their area")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, for trying")
    rows = QUICK_ROWS if parser.parse_args().quick else ROWS
    hotspots = make_province(rows, permits=100, zones=10, sources=10).hotspots
    some = hotspots.iloc[: min(PLAIN_ROWS, rows)]
    plain_s, plain = best_of(1, lambda: some.apply(plain_footprint, axis=1))
    check_same(footprints(some), plain)
    plain_s *= rows / len(some)
    height = np.full(rows, 300.0)
    steps: dict[str, Callable[[], Any]] = {
        "footprints": lambda: footprints(hotspots),
        "footprints, heights known": lambda: footprints(hotspots, elevation_m=height),
        "passes numbered": lambda: number_passes(hotspots),
        "bow-tie noted": lambda: note_bowtie(hotspots),
    }
    print(f"{rows} hotspots; plain {plain_s:.1f} s, timed on {len(some)}, same shapes")
    for name, act in steps.items():
        seconds, _ = best_of(2, act)
        ratio = f"plain takes x{plain_s / seconds:.0f} as long" if "foot" in name else ""
        print(f"  {name:26} {seconds:6.2f} s {rows / seconds:9.0f} rows/s  {ratio}", flush=True)


if __name__ == "__main__":
    main()
