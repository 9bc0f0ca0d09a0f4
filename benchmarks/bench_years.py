"""What a cycle costs after 1, 3 and 10 simulated years in the archive, and memory over many cycles.

    python benchmarks/bench_years.py FOLDER [--years 1 3 10] [--cycles 1000]

Every year is another simulated season, judged at its end; nobody answers, so all its unresolved
events stay open on the map: the worst case. With ``--answered`` the cases of a year are closed before the next
one. One warm process; median of five cycles ten minutes apart with nothing new, and of five with
twelve new hotspots. Then so many cycles with nothing new, and the resident memory along them.
"""  # noqa: E501

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench_cycle import write_hotspots

from jdzfire.cases import steps
from jdzfire.experiments.run_season import feed_files, register_season
from jdzfire.experiments.write_season import write_season
from jdzfire.pipeline.cycle import run_cycle
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.workspace import open_workspace

FIRST = 2018  # the simulator has 2018 to 2030


def add_year(home: Path, folder: Path, year: int, *, is_first: bool, is_answered: bool) -> datetime:
    """Simulate a year, take it in and judge it; the moment after it."""
    write_season(folder, year=year, seed=year - FIRST + 1)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    with open_workspace(home, writing=True) as workspace:
        if is_first:
            register_season(workspace, folder, at=end)
        ingest_files(workspace, "auto", feed_files(folder), at=end)
        run_triage(workspace, at=end)
        if is_answered:
            ledger = workspace.ledger
            cases = ledger.load_cases()
            for case_id in cases.loc[cases["status"] == "open", "case_id"]:
                ledger.change_case(case_id, steps.answer("no_fire", who="bench", at=end))
                ledger.change_case(case_id, steps.close(who="bench", at=end))
    shutil.rmtree(folder)
    return end


def cycles(home: Path, start: datetime, file: Path | None, count: int = 5) -> float:
    """Median wall seconds of warm cycles, after one that does not count."""
    seconds = []
    for number in range(count + 1):
        at = start + timedelta(minutes=10 * number)
        if file is not None:
            write_hotspots(file, at)
        begun = time.perf_counter()
        run_cycle(home, at=at, files=[file] if file else [])
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[1:])


def resident_mb() -> float:
    """Resident memory of this process [MB]."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    """Print a line for each number of years, then the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--years", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--answered", action="store_true")
    given = parser.parse_args()
    home, file = given.folder / "home", given.folder / "new.csv"
    print(f"{'years':>6}{'events':>8}{'open':>7}{'nothing new s':>15}{'12 new s':>10}", flush=True)
    base: tuple[float, float] | None = None
    for number in range(max(given.years)):
        end = add_year(
            home,
            given.folder / "simulated",
            FIRST + number,
            is_first=number == 0,
            is_answered=given.answered,
        )
        if number + 1 not in given.years:
            continue
        copy = given.folder / f"home{number + 1}"
        shutil.copytree(home, copy, symlinks=True)
        outcome = run_cycle(copy, at=end).outcome
        found = (
            cycles(copy, end + timedelta(minutes=10), None),
            cycles(copy, end + timedelta(hours=3), file),
        )
        base = base or found
        print(
            f"{number + 1:>6}{outcome.events:>8}{outcome.unresolved:>7}"
            f"{found[0]:>9.2f} ({found[0] / base[0]:.2f})"
            f"{found[1]:>7.2f} ({found[1] / base[1]:.2f})",
            flush=True,
        )
    start = end + timedelta(hours=6)
    for number in range(given.cycles + 1):
        run_cycle(copy, at=start + timedelta(seconds=2 * number))
        if number % max(1, given.cycles // 10) == 0:
            print(f"cycle {number:>5}: {resident_mb():.0f} MB", flush=True)


if __name__ == "__main__":
    main()
