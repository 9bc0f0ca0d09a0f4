"""A season by the watch's rounds, beside rounds on everything there is: both keep the same.

    python -m tests.pipeline.incremental SEED [FIRST_DAY LAST_DAY]

The first workspace goes on from what the last round noted; the second one's notes are removed before
each round. Files come with the delay of the feeds, some of them days late, standard products months
later; cases are closed, events are split, a register changes in the middle.
"""  # noqa: E501

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pandas as pd

from jdzfire.cases import steps
from jdzfire.experiments.run_season import feed_files, register_season
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.registers import load_register, save_register
from jdzfire.workspace import Workspace, open_workspace

TABLES = ("events", "members", "verdicts", "cases", "case_log", "event_log", "verdict_history")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_DATE = re.compile(r"(20\d{2})-(\d{2})-(\d{2})")
_LATE_D = (0, 0, 0, 0, 0, 0, 0, 1, 4, 20)


def arrivals(folder: Path, chance: Random, scratch: Path) -> dict[datetime, list[Path]]:
    """Feed files by the round they come in with: four rounds a day."""
    found: dict[datetime, list[Path]] = {}
    for path in feed_files(folder):
        dated = _DAY.search(path.name)
        parts = {path: _date(dated)} if dated else _by_month(path, scratch)
        for file, day in parts.items():
            late_d = 62 if "archive" in file.name else chance.choice(_LATE_D)
            at = day + timedelta(days=1 + late_d, hours=6 * chance.randrange(4))
            found.setdefault(at, []).append(file)
    return found


def _date(match: re.Match[str]) -> datetime:
    return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)


def _by_month(path: Path, scratch: Path) -> dict[Path, datetime]:
    """A file of a year as files of its months, with the last day in each."""
    scratch.mkdir(exist_ok=True)
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    days = [(_date(match), line) for line in lines if (match := _DATE.search(line))]
    found = {}
    for month in sorted({day.month for day, _ in days}):
        mine = [(day, line) for day, line in days if day.month == month]
        file = scratch / f"{path.stem}_{month}.csv"
        file.write_text("\n".join([head, *(line for _, line in mine)]) + "\n", encoding="utf-8")
        found[file] = max(day for day, _ in mine)
    return found


def rounds(
    folder: Path, scratch: Path, seed: int, first: datetime, last: datetime
) -> Iterator[tuple[datetime, list[Path], int]]:
    """Time, files and what duty staff do (a number) of each round."""
    chance = Random(seed)  # noqa: S311  (not a secret)
    coming = arrivals(folder, chance, scratch)
    at, waiting = first, list[Path]()
    while at <= last:
        waiting += coming.pop(at, [])
        if waiting or chance.random() < 0.3:
            yield at, waiting, chance.randrange(40)
            waiting = []
        at += timedelta(hours=6)


def act(workspace: Workspace, number: int, at: datetime) -> None:
    """Answer a case, split an event, or change a register; mostly nothing."""
    ledger = workspace.ledger
    cases = ledger.load_cases()
    if number < 6 and len(cases[cases["status"] == "open"]):
        case_id = cases.loc[cases["status"] == "open", "case_id"].iloc[0]
        ledger.change_case(case_id, steps.answer("no_fire", who="test", at=at))
        ledger.change_case(case_id, steps.close(who="test", at=at))
    elif number == 6:
        members = ledger.load_members()
        of = members["event_id"].value_counts()
        if len(of) and of.iloc[0] > 1:
            ids = members.loc[members["event_id"] == of.index[0], "hotspot_id"]
            ledger.split_event(of.index[0], [ids.iloc[0]], who="test", at=at)
    elif number == 7:
        sources = load_register(workspace.home, "heat-sources")
        save_register(workspace.home, "heat-sources", sources.iloc[1:], at=at)


def tables(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """What the ledger holds."""
    ledger = workspace.ledger
    return {name: pd.DataFrame(getattr(ledger, f"load_{name}")()) for name in TABLES}


def compare(folder: Path, root: Path, *, seed: int, first: datetime, last: datetime) -> int:
    """Run both and compare after every round; the number of rounds that read only what is new."""
    short = 0
    with ExitStack() as stack:
        going, whole = (
            stack.enter_context(open_workspace(root / name, writing=True))
            for name in ("going", "whole")
        )
        for workspace in (going, whole):
            register_season(workspace, folder, at=first)
        for at, files, number in rounds(folder, root / "months", seed, first, last):
            shutil.rmtree(whole.home.derived_dir, ignore_errors=True)
            outcomes = []
            for workspace in (going, whole):
                ingest_files(workspace, "auto", files, at=at)
                outcomes.append(run_triage(workspace, at=at))
                act(workspace, number, at)
            assert outcomes[0] == outcomes[1], (at, outcomes)
            one, other = tables(going), tables(whole)
            for name in TABLES:
                pd.testing.assert_frame_equal(one[name], other[name], obj=f"{name} at {at}")
            short += (going.home.derived_dir / "cycle.json").exists()
    return short


if __name__ == "__main__":
    from jdzfire.experiments.write_season import write_season

    seed = int(sys.argv[1])
    span = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in sys.argv[2:4]]
    first, last = span or [datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 3, 31, tzinfo=UTC)]
    with tempfile.TemporaryDirectory() as name:
        season = Path(name) / "simulated"
        write_season(season, year=2024, seed=seed)
        print(compare(season, Path(name), seed=seed, first=first, last=last), "rounds")  # noqa: T201
