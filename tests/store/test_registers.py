"""Registers: upserts by id, a dated version for each change and none for none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from jdzfire.errors import ContractError, UsageError
from jdzfire.schemas import REGISTERS, TEAMS, empty_table
from jdzfire.store import registers as module
from jdzfire.store.home import Home, open_home
from jdzfire.store.registers import load_register, register_versions, save_register

Make = Callable[..., Any]
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_rows_are_put_in_by_id_and_sorted(home: Home, make: Make) -> None:
    assert save_register(home, "teams", make("teams", {"team_id": "T2"}, {"team_id": "T1"})) == 2
    changed = make("teams", {"team_id": "T2", "available": False}, {"team_id": "T3"})
    assert save_register(home, "teams", changed) == 2
    held = load_register(home, "teams")
    assert held["team_id"].tolist() == ["T1", "T2", "T3"]
    assert held["available"].tolist() == [True, False, True]


def test_saving_the_same_again_makes_no_version(home: Home, make: Make) -> None:
    table = make("teams", {"team_id": "T1"}, {"team_id": "T2"})
    save_register(home, "teams", table, at=NOON)
    path = home.registers_dir / "teams" / "current.parquet"
    before = path.stat().st_ino, path.read_bytes()
    assert save_register(home, "teams", table.iloc[::-1], at=NOON + HOUR) == 0
    assert save_register(home, "teams", table.iloc[:1], at=NOON + HOUR) == 0
    assert (path.stat().st_ino, path.read_bytes()) == before
    assert len(register_versions(home, "teams")) == 1


def test_each_change_is_a_dated_version_that_can_be_loaded(home: Home, make: Make) -> None:
    for hour, people in enumerate([30, 25, 30]):
        row = {"team_id": "T1", "headcount": people}
        save_register(home, "teams", make("teams", row), at=NOON + hour * HOUR)
    versions = register_versions(home, "teams")
    assert versions["number"].tolist() == [1, 2, 3]
    assert versions["saved_at"].tolist() == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert versions["sha256"][0] == versions["sha256"][2] != versions["sha256"][1]
    stood = [
        load_register(home, "teams", at=NOON + span)["headcount"].tolist()
        for span in (-timedelta(seconds=1), timedelta(0), HOUR, 5 * HOUR)
    ]
    assert stood == [[], [30], [25], [30]]


def test_whole_register_takes_out_what_it_does_not_have(home: Home, make: Make) -> None:
    table = make("teams", {"team_id": "T1"}, {"team_id": "T2"}, {"team_id": "T3"})
    save_register(home, "teams", table)
    whole = make("teams", {"team_id": "T2"}, {"team_id": "T3", "headcount": 5}, {"team_id": "T4"})
    # T1 out, T3 changed, T4 in
    assert save_register(home, "teams", whole, replace=True) == 3
    assert load_register(home, "teams")["team_id"].tolist() == ["T2", "T3", "T4"]
    assert save_register(home, "teams", whole, replace=True) == 0


def test_killed_between_version_and_current_saving_again_makes_it_stand(
    home: Home, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_register(home, "teams", make("teams", {"team_id": "T1"}), at=NOON)
    real = module.write_atomic

    def killed(path: Path, data: bytes) -> None:
        if path.name == "current.parquet":
            raise KeyboardInterrupt
        real(path, data)

    new = make("teams", {"team_id": "T2"})
    monkeypatch.setattr(module, "write_atomic", killed)
    with pytest.raises(KeyboardInterrupt):
        save_register(home, "teams", new, at=NOON + HOUR)
    monkeypatch.undo()
    assert load_register(home, "teams")["team_id"].tolist() == ["T1"]
    assert save_register(home, "teams", new, at=NOON + 2 * HOUR) == 1
    assert load_register(home, "teams")["team_id"].tolist() == ["T1", "T2"]
    assert register_versions(home, "teams")["saved_at"].tolist() == [NOON, NOON + HOUR]


def test_nothing_saved_is_an_empty_table_of_its_kind(home: Home) -> None:
    for kind, contract in REGISTERS.items():
        found, nothing = load_register(home, kind), empty_table(contract)
        assert type(found) is type(nothing)
        assert_frame_equal(pd.DataFrame(found), pd.DataFrame(nothing))
        assert save_register(home, kind, empty_table(contract)) == 0
        assert register_versions(home, kind).empty


def test_wrong_kinds_and_tables_are_refused(home: Home, make: Make) -> None:
    for kind in ("weather", "dem", "../teams", ""):
        with pytest.raises(UsageError, match="no such register"):
            save_register(home, kind, empty_table(TEAMS))
    table = make("teams", {"team_id": "T1"})
    with pytest.raises(ContractError):
        save_register(home, "zones", table)
    with pytest.raises(UsageError, match="no time zone"):
        save_register(home, "teams", table, at=NOON.replace(tzinfo=None))
    with pytest.raises(UsageError, match="no time zone"):
        load_register(home, "teams", at=NOON.replace(tzinfo=None))
    assert load_register(home, "teams").empty


def test_plain_geopandas_reads_the_register(home: Home, make: Make) -> None:
    save_register(home, "teams", make("teams", {"team_id": "T1"}))
    read = gpd.read_parquet(home.registers_dir / "teams" / "current.parquet")
    assert read["team_id"].tolist() == ["T1"]
    assert read.crs == "EPSG:4326"


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(REGISTERS))
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_register_comes_back_and_saving_it_twice_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, make: Make, kind: str, data: st.DataObject
) -> None:
    home = open_home(tmp_path_factory.mktemp("home"))
    table = data.draw(make("tables_of", REGISTERS[kind]))
    assert save_register(home, kind, table, at=NOON) == len(table)
    key = table.columns[0]
    expected = table.sort_values(key).reset_index(drop=True)
    assert_frame_equal(pd.DataFrame(load_register(home, kind)), pd.DataFrame(expected))
    assert save_register(home, kind, table, at=NOON) == 0
