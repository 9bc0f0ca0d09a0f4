"""Taking in whole-globe days of FIRMS against plain pandas and geopandas, in the same run.

    python benchmarks/bench_intake.py [FILE ...]

Without files a day of 90,000 rows is made up. Prints seconds (best of three) and rows/s of each
step, and its ratio to ``pd.read_csv``, ``points_from_xy`` and ``to_parquet`` of the same bytes.
jdzfire does more for its time: it checks each value, names the hotspots, drops double rows,
joins versions, keeps lines and reasons, and forces the disk.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.feeds.firms import read_firms
from jdzfire.hotspots.identity import merge_versions
from jdzfire.schemas import HOTSPOTS, empty_table
from jdzfire.store.archive import append_hotspots
from jdzfire.store.home import open_home

MADE_ROWS = 90_000
REPEATS = 3
AT = datetime(2100, 1, 1, tzinfo=UTC)


def made_day(rows: int) -> bytes:
    """A day of VIIRS NRT rows all over the land belt of the globe."""
    rng = np.random.default_rng(1)
    minutes = np.sort(rng.integers(0, 1440, rows))
    table = pd.DataFrame(
        {
            "latitude": rng.uniform(-50, 65, rows).round(5),
            "longitude": rng.uniform(-180, 180, rows).round(5),
            "bright_ti4": rng.uniform(295, 367, rows).round(2),
            "scan": rng.uniform(0.32, 0.8, rows).round(2),
            "track": rng.uniform(0.36, 0.8, rows).round(2),
            "acq_date": "2024-04-04",
            "acq_time": [f"{minute // 60:02d}:{minute % 60:02d}" for minute in minutes],
            "satellite": "N",
            "confidence": rng.choice(["low", "nominal", "high"], rows, p=[0.1, 0.8, 0.1]),
            "version": "2.0NRT",
            "bright_ti5": rng.uniform(260, 320, rows).round(2),
            "frp": rng.gamma(1.0, 8.0, rows).round(2),
            "daynight": rng.choice(["D", "N"], rows),
        }
    )
    return table.to_csv(index=False).encode()


def best_of(repeats: int, act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the fastest run, and what it gave."""
    seconds, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = act()
        seconds = min(seconds, time.perf_counter() - start)
    return seconds, result


def plain_intake(raw: bytes, path: Path) -> None:
    """What one would write by hand: parse, points, one file."""
    plain_table(raw).to_parquet(path)


def plain_table(raw: bytes) -> gpd.GeoDataFrame:
    """Parse and points, unchecked."""
    table = pd.read_csv(io.BytesIO(raw))
    places = gpd.points_from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table, geometry=places)


def measure(name: str, raw: bytes) -> None:
    """Print the steps of one file."""
    known: gpd.GeoDataFrame = empty_table(HOTSPOTS)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        homes = iter([open_home(root / f"home{number}") for number in range(REPEATS)])
        parse_plain, _ = best_of(REPEATS, lambda: plain_table(raw))
        all_plain, _ = best_of(REPEATS, lambda: plain_intake(raw, root / "plain.parquet"))
        parse, reading = best_of(REPEATS, lambda: read_firms(raw, source_name=name, received_at=AT))
        merge, rows = best_of(REPEATS, lambda: merge_versions(known, reading.table))
        again, _ = best_of(REPEATS, lambda: merge_versions(rows, reading.table))
        keep, _ = best_of(REPEATS, lambda: append_hotspots(next(homes), rows))
    count = len(reading.table) + len(reading.rejected)
    steps = [
        ("plain: parse and points", parse_plain, parse_plain),
        ("plain: parse, points, one file", all_plain, all_plain),
        ("parse and check", parse, parse_plain),
        ("join versions, all new", merge, parse_plain),
        ("join versions, all known", again, parse_plain),
        ("archive", keep, all_plain - parse_plain),
        ("parse, join, archive", parse + merge + keep, all_plain),
    ]
    print(f"{name}: {count} rows, {len(raw) / 1e6:.1f} MB")
    for step, seconds, plain in steps:
        rate, ratio = count / seconds, seconds / max(plain, 1e-9)
        print(f"  {step:32} {seconds:7.3f} s {rate:10.0f} rows/s   x{ratio:.1f} of plain")


def main() -> None:
    """Measure the files named, or a day made up."""
    paths = [Path(text) for text in sys.argv[1:]]
    for path in paths:
        measure(path.name, path.read_bytes())
    if not paths:
        measure("made day", made_day(MADE_ROWS))


if __name__ == "__main__":
    main()
