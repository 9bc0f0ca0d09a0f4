"""Fixtures shared by all packages."""

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

pytest_plugins = ["tests.maps.fixtures", "tests.exports.fixtures"]

matplotlib.use("Agg")
# a loaded machine is no fault; CI draws the same examples every time, a desk new ones
settings.register_profile("jdzfire", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("jdzfire")

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
    from jdzfire.experiments.write_season import write_season

    folder = tmp_path_factory.mktemp("season") / "simulated"
    write_season(folder, year=2024, seed=1)
    return folder


@pytest.fixture(scope="session")
def month_home(tmp_path_factory: pytest.TempPathFactory, season_folder: Path) -> Path:
    """A home with the registers and April 2024 of the season, three cases answered.

    Shared by all: whoever writes takes a copy, see ``month_copy``.
    """
    from jdzfire.cases import steps
    from jdzfire.experiments.run_season import register_season
    from jdzfire.pipeline.ingest import ingest_files
    from jdzfire.pipeline.triage import run_triage
    from jdzfire.workspace import open_workspace

    root = tmp_path_factory.mktemp("month")
    with open_workspace(root, writing=True) as workspace:
        register_season(workspace, season_folder, at=MONTH_END)
        ingest_files(workspace, "auto", month_files(season_folder), at=MONTH_END)
        run_triage(workspace, at=MONTH_END, everything=True)
        waiting = workspace.ledger.load_cases().head(3)
        answered = MONTH_END + timedelta(minutes=30)
        for case_id in waiting["case_id"]:
            workspace.ledger.change_case(case_id, steps.answer("no_fire", who="test", at=answered))
    return root


@pytest.fixture
def month_copy(month_home: Path, tmp_path: Path) -> Path:
    """A copy of the month's home that a test may write."""
    return Path(shutil.copytree(month_home, tmp_path / "home"))


def month_files(folder: Path) -> list[Path]:
    """Feed files of April 2024, and the year's ground reports."""
    from jdzfire.experiments.run_season import feed_files

    return [
        path
        for path in feed_files(folder)
        if "2024-04" in path.name or "H09_202404" in path.name or "ground" in path.name
    ]
