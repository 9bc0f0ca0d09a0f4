"""A whole archive judged in one piece, in parts, and in parts on Dask's workers.

    python benchmarks/bench_spread.py FOLDER --hotspots 300000 --years 2 --workers 0 1 2 [--whole]

The archive is a made-up province (``made_province.py``). For each number of workers (0: parts in this
process): seconds, hotspots a second, and the most memory of all processes together. With ``--whole`` it is also
judged in one piece, and the events, ids and verdicts of all are compared.
"""  # noqa: E501

from __future__ import annotations

import argparse
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psutil
from made_province import make_province

from flows.workers import workers
from jdzfire.hotspots.identity import hotspot_id
from jdzfire.pipeline.spread import TILE_DEG, spread_triage
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.archive import append_hotspots
from jdzfire.store.registers import save_register
from jdzfire.workspace import open_workspace

AT = datetime(2031, 1, 1, tzinfo=UTC)


def make_home(home: Path, count: int, years: int) -> int:
    """Registers and an archive of so many hotspots over so many years; how many there are."""
    total = 0
    with open_workspace(home, writing=True) as workspace:
        for year in range(years):
            made = make_province(count // years, seed=year + 1)
            table = made.hotspots.assign(
                acquired_at=made.hotspots["acquired_at"] + pd.Timedelta(days=365 * year)
            )
            table["hotspot_id"] = hotspot_id(
                table["satellite"],
                table["acquired_at"],
                table.geometry.x.to_numpy(),
                table.geometry.y.to_numpy(),
            )
            table = table.drop_duplicates("hotspot_id").reset_index(drop=True)
            total += append_hotspots(workspace.home, table)
            if year == 0:
                for kind, register in (
                    ("permits", made.permits),
                    ("zones", made.zones),
                    ("heat-sources", made.sources),
                    ("admin", made.admin),
                    ("settlements", made.settlements),
                ):
                    save_register(workspace.home, kind, register, at=AT)
    return total


class Memory:
    """Samples the resident memory of this process and all its children."""

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        own = psutil.Process()
        while not self._stop.wait(0.5):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.most_mb = max(self.most_mb, total / 2**20)


def judge(home: Path, source: Path, dask: str | None, tile_deg: float) -> dict[str, pd.DataFrame]:
    """Judge a copy of the archive and print what it took; its tables."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(source, home, symlinks=True)
    with open_workspace(home, writing=True) as workspace, Memory() as memory:
        begun = time.perf_counter()
        if dask is None:
            outcome = run_triage(workspace, at=AT)
        else:
            with workers("" if dask == "0" else dask, memory="3GiB") as run:
                outcome = spread_triage(workspace, at=AT, run=run, tile_deg=tile_deg)
        spent = time.perf_counter() - begun
        members = workspace.ledger.load_members()
        tables = {
            "events": pd.DataFrame(workspace.ledger.load_events()),
            "members": members,
            "verdicts": workspace.ledger.load_verdicts(),
        }
    name = "one piece" if dask is None else f"parts, {dask} workers"
    print(
        f"{name:<18}{spent:>8.0f} s{len(members) / spent:>10.0f} hotspots/s"
        f"{memory.most_mb:>9.0f} MB{outcome.events:>9} events",
        flush=True,
    )
    return tables


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hotspots", type=int, default=300_000)
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--workers", nargs="+", default=["0", "1", "2"])
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--tile-deg", type=float, default=TILE_DEG)
    given = parser.parse_args()
    source = given.folder / "source"
    if not source.exists():
        print(f"{make_home(source, given.hotspots, given.years)} hotspots", flush=True)
    ways: list[str | None] = [*([None] if given.whole else []), *given.workers]
    first: dict[str, pd.DataFrame] | None = None
    for dask in ways:
        tables = judge(given.folder / "home", source, dask, given.tile_deg)
        first = first or tables
        for name, table in first.items():
            pd.testing.assert_frame_equal(table, tables[name], rtol=1e-9, obj=name)
    print("all equal")


if __name__ == "__main__":
    main()
