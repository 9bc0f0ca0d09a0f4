"""A year of a province judged at once, beside a plain geopandas script with the same answer.

    python benchmarks/bench_triage.py [--quick] [--sizes 10000,30000,...] [--limit SECONDS]

A made-up province (``made_province``): hotspots in events, 10,000 permits, 5,000 zones of 50
corners, 500 heat sources whose past is made from the hotspots. Each size and way runs in a process
of its own that reads the tables from files, then is timed from the tables in memory to the table
of verdicts; the peak memory is that of the whole process. The two must give the same verdict,
is_provisional and explained_by for every event, or the run fails. jdzfire does more for its
time: it words the reasons in two languages, ranks, and names places. A way that is over the limit
has given up and is not tried at larger sizes.

What bounds jdzfire: cutting footprints by zones takes two fifths of the time (GEOS, 25 us a cut,
growing with the corners of the zones), footprints and finding what is near a fifth, wording and
encoding the reasons another. Memory is half the tables that were handed in; the rest is mostly the
verdicts themselves, whose reasons are 1 KB an event. Both grow with the number of hotspots; below
some 30,000 the registers of the province bound it, about a second.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from made_province import Province, make_province
from plain_triage import plain_verdicts

from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.triage.cycle import source_histories
from jdzfire.triage.verdict import decide_verdicts

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
QUICK = (3_000, 10_000)
COMPARED = ["event_id", "verdict", "is_provisional", "explained_by"]
AT = pd.Timestamp("2025-01-01", tz="UTC")


def ground_of(province: Province) -> TriageContext:
    return prepare_context(
        permits=province.permits,
        zones=province.zones,
        heat_sources=province.sources,
        admin=province.admin,
        settlements=province.settlements,
    )


def by_house(province: Province) -> pd.DataFrame:
    """Registers made ready, the past of the sources, and the verdicts."""
    context = ground_of(province)
    context = replace(context, past=source_histories(province.hotspots, context))
    return decide_verdicts(province.events, province.hotspots, province.members, context, at=AT)


def by_hand(province: Province) -> pd.DataFrame:
    return plain_verdicts(
        province.hotspots,
        province.events,
        province.members,
        province.permits,
        province.zones,
        province.sources,
    )


WAYS = {"ours": by_house, "plain": by_hand}


def save(province: Province, folder: Path) -> None:
    for one in fields(Province):
        getattr(province, one.name).to_parquet(folder / f"{one.name}.parquet")


def load(folder: Path) -> Province:
    def table(name: str) -> Any:
        read = pd.read_parquet if name == "members" else gpd.read_parquet
        return read(folder / f"{name}.parquet")

    return Province(**{one.name: table(one.name) for one in fields(Province)})


def run_child(way: str, folder: Path) -> None:
    """One way on one size; prints what it took as JSON."""
    province = load(folder)
    before = peak_mib()
    start = time.perf_counter()
    verdicts = WAYS[way](province)
    seconds = time.perf_counter() - start
    verdicts[COMPARED].to_parquet(folder / f"{way}.parquet")
    print(json.dumps({"seconds": seconds, "tables": before, "peak": peak_mib()}))


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def attempt(way: str, folder: Path, limit_s: float) -> dict[str, float] | str:
    """What one way took, or how it gave up."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return f"gave up: over {limit_s:.0f} s"
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"code {done.returncode}"]
        return f"gave up: {last[0]}"
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def check_same(folder: Path) -> int:
    """Events compared; the run fails at the first difference."""
    workspace, plain = (
        pd.read_parquet(folder / f"{way}.parquet").sort_values("event_id").reset_index(drop=True)
        for way in ("ours", "plain")
    )
    pd.testing.assert_frame_equal(
        workspace.astype(object).where(workspace.notna(), None),
        plain.astype(object).where(plain.notna(), None),
    )
    return len(workspace)


def compare(sizes: tuple[int, ...], limit_s: float) -> None:
    has_given_up: set[str] = set()
    for size in sizes:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            province = make_province(size)
            save(province, folder)
            print(f"{size} hotspots in {len(province.events)} events", flush=True)
            took: dict[str, dict[str, float]] = {}
            for way in WAYS:
                if way in has_given_up:
                    continue
                found = attempt(way, folder, limit_s)
                if isinstance(found, str):
                    has_given_up.add(way)
                    print(f"  {way:6} {found}", flush=True)
                    continue
                took[way] = found
                print(
                    f"  {way:6} {found['seconds']:8.1f} s {size / found['seconds']:8.0f} hotspots/s"
                    f"  peak {found['peak']:6.0f} MiB, {found['tables']:.0f} of it the tables",
                    flush=True,
                )
            if len(took) == 2:
                same = check_same(folder)
                ratio = took["plain"]["seconds"] / took["ours"]["seconds"]
                print(f"  same answer for {same} events; plain takes x{ratio:.1f} as long")


def city_cycle() -> None:
    """Verdicts of a few touched events beside the registers of a city."""
    province = make_province(20_000, permits=88, zones=200, sources=20)
    context = ground_of(province)
    context = replace(context, past=source_histories(province.hotspots, context))
    for count in (3, 30):
        took = []
        for first in range(0, 20 * count, count):
            events = province.events.iloc[first : first + count]
            mine = province.members[province.members["event_id"].isin(events["event_id"])]
            rows = province.hotspots[province.hotspots["hotspot_id"].isin(mine["hotspot_id"])]
            start = time.perf_counter()
            decide_verdicts(events, rows, mine, context, at=AT)
            took.append(time.perf_counter() - start)
        print(f"a city's cycle, {count} events: {1000 * np.median(took):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, for trying")
    parser.add_argument("--sizes", help="hotspots, by comma")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds until a way gives up")
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    stated = parser.parse_args()
    if stated.way:
        run_child(stated.way, stated.folder)
        return
    sizes = QUICK if stated.quick else SIZES
    if stated.sizes:
        sizes = tuple(int(text) for text in stated.sizes.split(","))
    compare(sizes, stated.limit)
    city_cycle()


if __name__ == "__main__":
    main()
