"""Archive against plain geopandas, the same rows in the same run.

    python benchmarks/bench_archive.py [ROWS] [REPEATS]

Prints seconds (best of the repeats) and the ratio to ``GeoDataFrame.to_parquet`` and
``geopandas.read_parquet`` of one file. The archive does more for its time: it checks the
contract, looks for ids it holds, splits by month, sorts along a curve and forces the disk.
"""

from __future__ import annotations

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

from jdzfire.cases import steps
from jdzfire.schemas import CASES, EVENTS, HOTSPOTS, MEMBERS, empty_table, validate
from jdzfire.store.archive import append_hotspots, load_hotspots
from jdzfire.store.home import open_home
from jdzfire.store.ledger import open_ledger

BBOX = (117.1, 29.1, 117.2, 29.2)
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)


def made_hotspots(count: int) -> gpd.GeoDataFrame:
    """Hotspots all over the city and the year 2024."""
    rng = np.random.default_rng(1)
    minutes = pd.to_timedelta(rng.integers(0, 366 * 24 * 60, count), unit="min")
    when = pd.Timestamp("2024-01-01", tz="UTC") + minutes
    frame = pd.DataFrame(
        {
            "hotspot_id": [f"NOAA20-{number:08d}" for number in range(count)],
            "feed": "firms",
            "satellite": "NOAA-20",
            "instrument": "VIIRS",
            "product": "NRT",
            "version": "2.0NRT",
            "acquired_at": when,
            "received_at": when + pd.Timedelta(hours=3),
            "scan_km": 0.4,
            "track_km": 0.4,
            "location_error_m": None,
            "frp_mw": rng.uniform(1, 50, count),
            "bright_mir_k": 330.0,
            "bright_tir_k": 290.0,
            "confidence": "nominal",
            "confidence_pct": None,
            "is_day": True,
            "source_type": None,
            "detection_level": None,
            "quality_flag": None,
            "remark": None,
            "raw_sha256": "a" * 64,
            "raw_line": np.arange(count),
        }
    )
    places = gpd.points_from_xy(rng.uniform(116.9, 117.9, count), rng.uniform(28.7, 30.0, count))
    return validate(gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4326"), HOTSPOTS)


def best(repeats: int, work: Callable[[], Any]) -> float:
    """Seconds of the quickest of some runs."""
    spans = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        spans.append(time.perf_counter() - begun)
    return min(spans)


def show(name: str, ours_s: float, plain_s: float | None = None) -> None:
    """One line of the result."""
    ratio = "" if plain_s is None else f"  plain {plain_s:7.3f} s  ratio {ours_s / plain_s:5.2f}"
    print(f"{name:<34} {ours_s:7.3f} s{ratio}")


def bench_archive(folder: Path, table: gpd.GeoDataFrame, repeats: int) -> None:
    """Append, append again, load all and load a box."""
    plain = folder / "plain.parquet"
    homes = iter([open_home(folder / f"home{number}") for number in range(repeats + 1)])
    plain_write = best(
        repeats,
        lambda: table.to_parquet(plain, compression="zstd", write_covering_bbox=True, index=False),
    )
    show(f"append {len(table)} new", best(repeats, lambda: append_hotspots(next(homes), table)))
    home = next(homes)
    show("append (for the ratio)", best(1, lambda: append_hotspots(home, table)), plain_write)
    show("append the same again", best(repeats, lambda: append_hotspots(home, table)), plain_write)
    show(
        "load all",
        best(repeats, lambda: load_hotspots(home)),
        best(repeats, lambda: gpd.read_parquet(plain)),
    )
    show(
        "load a box of 0.1 x 0.1 degrees",
        best(repeats, lambda: load_hotspots(home, bbox=BBOX)),
        best(repeats, lambda: gpd.read_parquet(plain, bbox=BBOX)),
    )
    day = {"since": NOON, "until": NOON + pd.Timedelta(days=3)}
    filters = [("acquired_at", ">=", day["since"]), ("acquired_at", "<", day["until"])]
    show(
        "load three days",
        best(repeats, lambda: load_hotspots(home, **day)),
        best(repeats, lambda: gpd.read_parquet(plain, filters=filters)),
    )
    held = sum(path.stat().st_size for path in home.archive_dir.rglob("*.parquet"))
    print(f"{'size':<34} {held / 1e6:7.2f} MB plain {plain.stat().st_size / 1e6:7.2f} MB")


def bench_cases(folder: Path, count: int) -> None:
    """Case steps, each a transaction that is on the disk when it returns."""
    ids = [f"JDZ-20240404-{number:04d}" for number in range(count)]
    events = gpd.GeoDataFrame(
        {
            **dict.fromkeys(empty_table(EVENTS).columns),
            "event_id": ids,
            "first_seen_at": NOON,
            "last_seen_at": NOON,
            "hotspot_count": 1,
            "satellites": "NOAA-20",
            "instruments": "VIIRS",
            "footprint_ha": 14.0,
            "lon": 117.2,
            "lat": 29.3,
            "state": "active",
            "geometry": gpd.points_from_xy([117.2] * count, [29.3] * count).buffer(0.002),
        },
        crs="EPSG:4326",
    )
    cases = pd.DataFrame(
        {
            **dict.fromkeys(empty_table(CASES).columns),
            "case_id": [event_id.replace("JDZ", "CASE") for event_id in ids],
            "event_id": ids,
            "status": "open",
            "opened_at": NOON,
            "answer_due_at": NOON,
            "result_due_at": NOON,
        }
    )
    with open_ledger(open_home(folder / "ledger")) as ledger:
        show(
            f"save {count} events",
            best(1, lambda: ledger.save_events(events, empty_table(MEMBERS))),
        )
        show(f"open {count} cases", best(1, lambda: ledger.open_cases(cases)))

        def dispatch_all() -> None:
            for case_id in cases["case_id"]:
                ledger.change_case(case_id, steps.dispatch("T01", who="bench", at=NOON))

        show(f"{count} case transactions", best(1, dispatch_all))


def main() -> None:
    """Run with the numbers of the command line."""
    rows, repeats = (int(text) for text in (*sys.argv[1:], *("50000", "3")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        bench_archive(Path(name), made_hotspots(rows), repeats)
        bench_cases(Path(name), 1000)


if __name__ == "__main__":
    main()
