"""Registers come in any order on a first day: never a traceback, and the same state."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping

from jdzfire.feeds.registers import Declared
from jdzfire.pipeline.register import register_files
from jdzfire.schemas import REGISTERS
from jdzfire.store.registers import load_register
from jdzfire.workspace import open_workspace
from tests.workspaces import different_tables

AT = datetime(2024, 4, 10, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
FILES = {
    "admin": "admin.geojson",
    "zones": "zones.geojson",
    "permits": "permits.csv",
    "teams": "teams.csv",
    "heat-sources": "heat_sources.geojson",
    "roads": "roads.geojson",
    "settlements": "settlements.csv",
    "special-days": "special_days.csv",
    "resources": "resources.csv",
}
ADMIN = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"admin_id": code, "name": name, "level": level},
            "geometry": mapping(box(*bounds)),
        }
        for code, name, level, bounds in (
            ("360222", "浮梁县", "county", (117.0, 29.2, 117.6, 29.6)),
            ("360222101", "示例镇", "township", (117.2, 29.3, 117.4, 29.5)),
        )
    ],
}
BY_NAME = "审批编号,用火地点,乡镇,面积(亩),计划开始时间,计划结束时间,审批状态\n" + (
    "P9,上村后山,示例镇,20,2024-03-05 08:00,2024-03-05 17:00,已批准\n"
)


def registered(
    folder: Path, kinds: tuple[str, ...], at: datetime = AT
) -> tuple[dict[str, Any], list[str]]:
    """Tables after registering the samples of these kinds in this order, and what was refused."""
    refused: list[str] = []
    by_name = folder.with_suffix(".csv")
    by_name.write_text(BY_NAME, encoding="utf-8")
    with open_workspace(folder, writing=True) as workspace:
        for kind in kinds:
            sample = SAMPLES / FILES[kind]
            if kind == "admin":  # with a township, which names places
                sample = folder.with_suffix(".geojson")
                sample.write_text(json.dumps(ADMIN), encoding="utf-8")
            refused += register_files(workspace, kind, [sample], at=at).unusable
            if kind == "permits":  # a name alone is found where names are known, else it says so
                named = register_files(workspace, kind, [by_name], at=at)
                known = {"admin", "settlements"} & set(kinds[: kinds.index(kind)])
                assert named.rows == bool(known)
                assert all("lacks columns" in text for text in named.unusable)
        tables = {kind: load_register(workspace.home, kind) for kind in REGISTERS}
    assert ("P9" in set(tables["permits"]["permit_id"])) == (
        "permits" in kinds and bool({"admin", "settlements"} & set(kinds))
    )
    return tables, refused


@pytest.mark.slow
@pytest.mark.parametrize("pair", list(combinations(FILES, 2)), ids="-".join)
def test_any_two_registers_in_any_order(tmp_path: Path, pair: tuple[str, str]) -> None:
    there, refused = registered(tmp_path / "one", pair)
    back, refused_too = registered(tmp_path / "other", pair[::-1])
    assert not refused
    assert not refused_too
    assert different_tables(there, back) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [pytest.param(k, marks=pytest.mark.slow) if k >= 4 else k for k in range(20)]
)
def test_all_registers_in_random_order(tmp_path: Path, seed: int) -> None:
    kinds = list(FILES)
    first, _ = registered(tmp_path / "one", tuple(kinds))
    random.Random(seed).shuffle(kinds)  # noqa: S311  (an order, no secret)
    other, refused = registered(tmp_path / "other", tuple(kinds))
    assert not refused
    assert different_tables(first, other) == []


@pytest.mark.slow
def test_rows_that_waited_for_names_are_found_once_and_told(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text(
        BY_NAME + "P10,无名沟,示例镇,20,2024-03-06,2024-03-07,已批准\n", encoding="utf-8"
    )
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        refused = register_files(workspace, "permits", [file], at=AT)
        assert "register settlements" in refused.unusable[0]
        names = SAMPLES / "settlements.csv"
        stated = register_files(workspace, "settlements", [names], at=AT).notes
        assert "1 rows of p.csv (permits) have a place now" in stated
        assert "p.csv: still rejected: 1 place_unknown" in stated
        again = register_files(workspace, "settlements", [names], at=AT).notes
        assert not any("have a place now" in note for note in again)
        assert load_register(workspace.home, "permits")["permit_id"].tolist() == ["P9"]


@pytest.mark.slow
def test_a_later_file_is_not_undone_by_names_that_come_late(tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(BY_NAME, encoding="utf-8")
    placed = BY_NAME.replace("用火地点", "经度,纬度").replace("上村后山", "117.4,29.45")
    new.write_text(placed, encoding="utf-8")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        register_files(workspace, "permits", [old], at=AT)
        register_files(workspace, "permits", [new], at=AT)
        register_files(workspace, "settlements", [SAMPLES / "settlements.csv"], at=AT)
        (permit,) = load_register(workspace.home, "permits").itertuples()
    assert (permit.geometry.x, permit.geometry.y) == (117.4, 29.45)


@pytest.mark.parametrize("order", [("names", "officers"), ("officers", "names")])
def test_information_officers_stand_at_their_village_in_any_order(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    texts = {
        "names": "编号,名称,类型,县,乡镇,经度,纬度\nS1,上村,village,浮梁县,示例镇,117.31,29.41\n",
        "officers": "灾害信息员,县（市、区）,乡镇,村,电话\n李四,浮梁县,示例镇,上村,13800000001\n",
    }
    kinds = {"names": "settlements", "officers": "resources"}
    declared = {
        "names": Declared(datum="wgs84"),
        "officers": Declared(datum="wgs84", assume={"kind": "officer"}),
    }
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        for name in order:
            path = tmp_path / f"{name}.csv"
            path.write_text(texts[name], encoding="utf-8")
            register_files(workspace, kinds[name], [path], at=AT, declared=declared[name])
        officers = load_register(workspace.home, "resources")
    assert officers["name"].tolist() == ["李四"]
    assert officers["kind"].tolist() == ["officer"]
    assert officers.geometry.iloc[0].coords[0] == pytest.approx((117.31, 29.41))
