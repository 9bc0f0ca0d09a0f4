"""What a user waits for: whole processes from the shell, beside an earlier version of the project.

    jdzfire demo --home build/demo
    python benchmarks/bench_commands.py build/demo --before HEAD~1

Works on copies of the home. Median of five runs of each command, wall and CPU seconds, on an idle
machine; one run before them warms the disk. The earlier version is taken from git into a worktree of
its own and runs in the same environment.
"""  # noqa: E501

from __future__ import annotations

import argparse
import compileall
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench_cycle import START, write_hotspots

TOP = Path(__file__).resolve().parents[1]
DEGRADED = 4  # feeds of the demo are late by then
Words = Callable[[int], list[str]]


def seconds(tree: Path, home: Path, words: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "jdzfire", "--home", str(home), *words],
        cwd=tree,
        env={key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"},
        capture_output=True,
        text=True,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode not in (0, DEGRADED):
        sys.exit(f"{' '.join(words)} ended with {ended.returncode}: {ended.stderr[-500:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(tree: Path, home: Path, words: Words, runs: int) -> tuple[float, float]:
    """Median wall and CPU seconds; the first run does not count."""
    found = [seconds(tree, home, words(number)) for number in range(runs + 1)][1:]
    wall, cpu = zip(*found, strict=True)
    return statistics.median(wall), statistics.median(cpu)


def watch(number: int, file: Path | None = None) -> list[str]:
    """One cycle, ten minutes after the last; with a file, twelve new hotspots."""
    at = START + timedelta(minutes=10 * number + (600 if file else 0))
    words = ["watch", "--once", "--now", f"{at:%Y-%m-%dT%H:%MZ}"]
    if file is not None:
        write_hotspots(file, at)
        words += ["--hotspots", str(file)]
    return words


def main() -> None:
    """Print a table: command, wall and CPU of this version and of the earlier one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--before", metavar="REV", help="a commit of the project to compare with")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trees = {"now": TOP}
        if given.before:
            trees[given.before] = folder / "before"
            git = ["git", "-C", str(TOP), "worktree"]
            subprocess.run(  # noqa: S603
                [*git, "add", "-q", "--detach", folder / "before", given.before], check=True
            )
        commands: dict[str, Words] = {
            "--help": lambda _: ["--help"],
            "event list": lambda _: ["event", "list"],
            "watch --once, nothing new": watch,
            "watch --once, 12 new": lambda number: watch(number, folder / "new.csv"),
        }
        try:
            print(
                f"{'command':<28}" + "".join(f"{f'{tree} wall':>14}{'CPU s':>8}" for tree in trees)
            )
            for tree in trees.values():  # as an installed package is
                compileall.compile_dir(tree / "jdzfire", quiet=1)
            homes = {tree: folder / f"home{k}" for k, tree in enumerate(trees)}
            for home in homes.values():
                shutil.copytree(given.home, home, symlinks=True)
            for command, words in commands.items():
                found = [measure(trees[t], homes[t], words, given.runs) for t in trees]
                print(
                    f"{command:<28}" + "".join(f"{wall:>14.2f}{cpu:>8.2f}" for wall, cpu in found)
                )
        finally:
            if given.before:
                subprocess.run([*git, "remove", "--force", folder / "before"], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
