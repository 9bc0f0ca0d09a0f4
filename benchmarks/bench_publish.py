"""Putting runs up: time of a normal run and of one with 2,000 CAP files, beside the plain way.

Run: ``python benchmarks/bench_publish.py --folder DISK``. The plain way forces each file to the
disk before the next one is begun, and writes every file twice: for the dated run and for the
edition. Both published the same two editions, in turn, on the same disk in the same run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from jdzfire.store.site import lock_site, prune_runs, publish_run, write_front

START = datetime(2024, 4, 4, tzinfo=UTC)
KEPT = 2
SIZES = {
    "index.html": 600_000,
    "exports/events.gpkg": 400_000,
    "exports/events.kml": 66_000,
    "exports/events.xlsx": 18_000,
    "exports/events.csv": 25_000,
    "papers/daily.html": 210_000,
    "papers/handover.html": 9_000,
    "status.json": 4_000,
}
"""Bytes of a run of the demo, each edition."""
CAP_BYTES = 4_000
CHANGED = 10
"""One message of so many changes from run to run."""


def make_files(number: int, alerts: int) -> dict[str, bytes]:
    """One run of one edition."""
    rng = np.random.default_rng(number)
    files = {name: rng.bytes(size) for name, size in SIZES.items()}
    for i in range(alerts):
        said = number if i % CHANGED == 0 else 0
        files[f"exports/cap/{i:05d}.xml"] = f"{i} {said}\n".encode() * (CAP_BYTES // 8)
    return files


def write_plainly(folder: Path, files: dict[str, bytes]) -> None:
    """Write, force and read back file by file, then take the folder's name."""
    staged = folder.with_name(f"{folder.name}.new")
    for name, data in files.items():
        path = staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for path in staged.rglob("*"):
        if path.is_file():
            stated = hashlib.sha256(files[path.relative_to(staged).as_posix()]).digest()
            if hashlib.sha256(path.read_bytes()).digest() != stated:
                raise SystemExit(f"{path} reads back differently")
    if folder.exists():
        shutil.rmtree(folder)
    staged.rename(folder)


def put_up_plainly(site: Path, number: int, drawn: dict[str, dict[str, bytes]]) -> None:
    """The plain way: dated run, edition, older runs taken away."""
    for edition, files in drawn.items():
        runs = site / "runs" / edition
        runs.mkdir(parents=True, exist_ok=True)
        write_plainly(runs / f"{number:03d}", files)
        write_plainly(site / edition, files)
        for old in sorted(runs.iterdir())[:-KEPT]:
            shutil.rmtree(old)


def put_up(site: Path, number: int, drawn: dict[str, dict[str, bytes]]) -> None:
    """jdzfire's way."""
    with lock_site(site):
        for edition, files in drawn.items():
            publish_run(site, edition, files, data_at=START + timedelta(minutes=30 * number))
        write_front(site, {"index.html": f"{number}".encode()})
        prune_runs(site, keep=KEPT)


def timed(do: Callable[[], None]) -> float:
    """Seconds."""
    begin = time.perf_counter()
    do()
    return time.perf_counter() - begin


def main() -> None:
    """Print the first run and the middle one of the runs after it, both ways."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alerts", type=int, nargs="+", default=[10, 2000])
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="Where to write; default: the system's.")
    asked = parser.parse_args()
    for alerts in asked.alerts:
        took: dict[str, list[float]] = {"plain": [], "ours": []}
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            for number in range(asked.runs):
                drawn = {edition: make_files(number, alerts) for edition in ("internal", "public")}
                for name, way in (("plain", put_up_plainly), ("ours", put_up)):
                    site = Path(folder) / name
                    site.mkdir(exist_ok=True)
                    took[name].append(timed(lambda w=way, s=site, n=number, d=drawn: w(s, n, d)))
        print(f"{alerts} alerts an edition, both editions, {asked.runs} runs")
        for name, seconds in took.items():
            later = float(np.median(seconds[1:]))
            ratio = float(np.median(took["plain"][1:])) / later
            print(f"  {name}: first {seconds[0]:6.2f} s, later {later:6.2f} s, {ratio:5.1f} x")


if __name__ == "__main__":
    main()
