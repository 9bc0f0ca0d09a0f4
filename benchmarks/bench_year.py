"""Many cycles in one process: does memory, or anything a process holds, grow with their number?

    python benchmarks/bench_year.py [--cycles 366] [--idle 60]

A season is simulated and registered; then each cycle ingests one day's files, judges and publishes,
and after the year ``--idle`` cycles have nothing new. What grows with the data (events, kept rows)
stops there; what leaks does not.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jdzfire.experiments.run_season import feed_files, register_season
from jdzfire.experiments.write_season import write_season
from jdzfire.pipeline.cycle import run_cycle
from jdzfire.workspace import open_workspace

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


def resident_mb() -> float:
    """Resident memory of this process [MiB]."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


def row(number: int, seconds: float) -> str:
    """One line of the table."""
    gc.collect()
    files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    return (
        f"| {number} | {seconds:.2f} | {resident_mb():.0f} | {len(gc.get_objects()):,} | {files} | "
        f"{threads} |"
    )


def files_of_day(files: list[Path], day: datetime) -> list[Path]:
    """Feed files whose name states the day."""
    stamps = (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}")
    return [path for path in files if any(stamp in path.name for stamp in stamps)]


def main() -> None:
    """Run the cycles and print what the process holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=366)
    parser.add_argument("--idle", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        season, home = Path(folder) / "season", Path(folder) / "home"
        write_season(season, year=2024, seed=1)
        start = datetime(2024, 1, 1, tzinfo=UTC)
        with open_workspace(home, writing=True) as workspace:
            register_season(workspace, season, at=start)
        files = feed_files(season)
        print("| cycle | CPU s | MiB | objects | files | threads |\n|---|---|---|---|---|---|")
        counts: Counter[str] = Counter()
        for number in range(given.cycles + given.idle):
            day = start + timedelta(days=min(number, given.cycles))
            fresh = files_of_day(files, day) if number < given.cycles else []
            begin = time.process_time()
            run_cycle(home, at=day + timedelta(hours=23, minutes=number % 50), files=fresh)
            if number % 15 == 0 or number == given.cycles + given.idle - 1:
                print(row(number, time.process_time() - begin), flush=True)
            if number in (given.cycles, given.cycles + given.idle - 1):
                gc.collect()
                now = Counter(type(one).__name__ for one in gc.get_objects())
                if counts:
                    grown = (now - counts).most_common(8)
                    print("grown while idle: " + ", ".join(f"{k} {v}" for k, v in grown))
                counts = now


if __name__ == "__main__":
    main()
