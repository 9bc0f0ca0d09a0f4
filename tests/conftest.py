"""Fixtures shared by all rooms."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib
import pytest
from hypothesis import settings
from pytest_socket import _remove_restrictions, socket_allow_hosts

matplotlib.use("Agg")
# a loaded machine is no fault; CI draws the same examples every time, a desk new ones
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

MONTH_END = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Every test runs with the network blocked, loopback excepted."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    _remove_restrictions()


@pytest.fixture(scope="session")
def season_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulated season of 2024, seed 1."""
    from jdzfire.stages.season_write import write_season

    folder = tmp_path_factory.mktemp("season") / "simulated"
    write_season(folder, year=2024, seed=1)
    return folder


@pytest.fixture(scope="session")
def month_home(tmp_path_factory: pytest.TempPathFactory, season_folder: Path) -> Path:
    """A home with the registers and April 2024 of the season, three cases answered.

    Shared by all: whoever writes takes a copy, see ``month_copy``.
    """
    from jdzfire.stages import ingest_files, judge_standing, open_house
    from jdzfire.stages.season_run import register_season

    root = tmp_path_factory.mktemp("month")
    with open_house(root, writing=True) as house:
        register_season(house, season_folder, at=MONTH_END)
        ingest_files(house, "auto", month_files(season_folder), at=MONTH_END)
        judge_standing(house, at=MONTH_END, everything=True)
        waiting = house.ledger.load_cases().head(3)
        answered = MONTH_END + timedelta(minutes=30)
        for case_id in waiting["case_id"]:
            house.ledger.answer_case(case_id, "no_fire", who="test", at=answered)
    return root


@pytest.fixture
def month_copy(month_home: Path, tmp_path: Path) -> Path:
    """A copy of the month's home that a test may write."""
    return Path(shutil.copytree(month_home, tmp_path / "home"))


def month_files(folder: Path) -> list[Path]:
    """Feed files of April 2024, and the year's ground reports."""
    from jdzfire.stages.season_run import feed_files

    return [
        path
        for path in feed_files(folder)
        if "2024-04" in path.name or "H09_202404" in path.name or "ground" in path.name
    ]
