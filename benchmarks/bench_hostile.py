"""What files that ask for much take: exit code, seconds and peak memory of the command.

    python benchmarks/bench_hostile.py [NAME ...] [--limit-s 60] [--limit-mb 4000]

Run it with ``PYTHONPATH`` at another checkout to compare. Files are made as they are needed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.hostile.eaters import EATERS, jdzfire, measure
from tests.workspaces import SAMPLES


def main() -> None:
    """Print a row a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--limit-s", type=float, default=60.0)
    parser.add_argument("--limit-mb", type=float, default=4000.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        idle = measure(
            jdzfire(place / "idle", ("register", "teams"), SAMPLES / "teams.csv"), limit_s=60
        )
        print(f"idle: {idle.seconds:.1f} s, {idle.peak_mb:.0f} MiB")
        print("| file | kB | code | s | MiB above idle | message |\n|---|---|---|---|---|---|")
        for eater in EATERS:
            if given.names and eater.name not in given.names:
                continue
            path = place / eater.name
            path.write_bytes(eater.make())
            cost = measure(
                jdzfire(place / f"home-{eater.name}", eater.words, path),
                limit_s=given.limit_s,
                limit_mb=given.limit_mb,
            )
            size = path.stat().st_size / 1000
            path.unlink()
            print(
                f"| {eater.name} | {size:.0f} | {cost.code} | {cost.seconds:.1f} | "
                f"{cost.peak_mb - idle.peak_mb:.0f} | {cost.message[:110]} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
