"""One live cycle of a city without Prefect, step by step.

    jdzfire demo --home build/demo
    python benchmarks/bench_cycle.py build/demo

Works on a copy of the home. Three cycles of twelve new hotspots, an hour apart, in one process:
the first pays for imports, the later ones are what a running watch pays. Seconds of one core.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.triage import run_triage
from jdzfire.workspace import open_workspace

HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_ti5,frp,daynight\n"
)
START = datetime(2025, 1, 1, 8, tzinfo=UTC)


def write_hotspots(path: Path, at: datetime) -> None:
    """Twelve VIIRS pixels over the city."""
    seen = f"{at - timedelta(hours=2):%Y-%m-%d,%H%M}"
    rows = [
        f"{29.2 + k * 0.03:.4f},{117.2 + k * 0.02:.4f},335.1,0.4,0.4,{seen},N20,nominal,2.0NRT,"
        "295.2,6.0,D\n"
        for k in range(12)
    ]
    path.write_text(HEADER + "".join(rows), encoding="utf-8")


def main() -> None:
    """Three cycles on a copy of the home named."""
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder) / "home", Path(folder) / "new.csv"
        shutil.copytree(sys.argv[1], home, symlinks=True)
        print(f"{'cycle':>6}{'take in':>9}{'judge':>9}{'publish':>9}{'whole':>9}")
        with open_workspace(home, writing=True) as workspace:
            for number in range(3):
                at = START + timedelta(hours=number)
                write_hotspots(file, at)
                steps: list[Callable[[], object]] = [
                    lambda at=at: ingest_files(workspace, "auto", [file], at=at),
                    lambda at=at: run_triage(workspace, at=at),
                    lambda at=at: publish_editions(workspace, at=at),
                ]
                seconds = []
                for step in steps:
                    start = time.process_time()
                    step()
                    seconds.append(time.process_time() - start)
                stated = "".join(f"{value:>9.2f}" for value in (*seconds, sum(seconds)))
                print(f"{number + 1:>6}{stated}")


if __name__ == "__main__":
    main()
