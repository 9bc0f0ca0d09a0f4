"""Tables for the tests of the store. Plain functions, so that the scripts can use them too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import strategies as st

from jdzfire.schemas import (
    CASES,
    EVENTS,
    HOTSPOTS,
    MEMBERS,
    REJECTED,
    TEAMS,
    VERDICTS,
    Contract,
    empty_table,
    validate,
)
from jdzfire.store.home import Home, open_home
from tests.postgres import schema

NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)  # 12:00 in Beijing
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE cases; -- =cmd|' /C calc'!A0"


EMPTY: dict[str, Any] = {}


def typed(table: Any, contract: Contract) -> Any:
    """The table with the contract's dtypes; not checked, the store does that."""
    name = str(contract.name)
    if name not in EMPTY:
        EMPTY[name] = empty_table(contract)
    dtypes = EMPTY[name].dtypes.to_dict()
    dtypes.pop("geometry", None)
    return table.reindex(columns=list(contract.columns)).astype(dtypes)


def hotspots(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """HOTSPOTS rows, with defaults for what a row does not say; lon and lat make the point."""
    default = {
        "feed": "firms",
        "satellite": "NOAA-20",
        "instrument": "VIIRS",
        "product": "NRT",
        "version": "2.0NRT",
        "acquired_at": NOON,
        "received_at": NOON + timedelta(hours=3),
        "scan_km": 0.4,
        "track_km": 0.4,
        "location_error_m": None,
        "frp_mw": 5.0,
        "bright_mir_k": 330.0,
        "bright_tir_k": 290.0,
        "confidence": "nominal",
        "confidence_pct": None,
        "is_day": True,
        "source_type": None,
        "detection_level": None,
        "quality_flag": None,
        "remark": None,
        "raw_sha256": "a" * 64,
        "raw_line": 2,
        "lon": 117.2,
        "lat": 29.3,
    }
    full = [{"hotspot_id": f"H{number:03d}", **default, **row} for number, row in enumerate(rows)]
    frame = pd.DataFrame(full)
    places = gpd.points_from_xy(frame.pop("lon"), frame.pop("lat"))
    return typed(gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4326"), HOTSPOTS)


def events(*ids: str, **changed: Any) -> gpd.GeoDataFrame:
    """EVENTS rows of these ids."""
    row = {
        "first_seen_at": NOON,
        "last_seen_at": NOON,
        "hotspot_count": 1,
        "satellites": "NOAA-20",
        "instruments": "VIIRS",
        "frp_max_mw": 5.0,
        "frp_sum_mw": None,
        "footprint_ha": 14.0,
        "lon": 117.2,
        "lat": 29.3,
        "state": "active",
        "merged_into": None,
        "geometry": shapely.box(117.19, 29.29, 117.21, 29.31),
        **changed,
    }
    frame = pd.DataFrame([{"event_id": event_id, **row} for event_id in ids])
    return typed(gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326"), EVENTS)


def members(**events_by_hotspot: str) -> pd.DataFrame:
    """MEMBERS rows: hotspot=event."""
    frame = pd.DataFrame(
        {"hotspot_id": list(events_by_hotspot), "event_id": list(events_by_hotspot.values())}
    )
    return typed(frame, MEMBERS)


def verdict(event_id: str, **changed: Any) -> pd.DataFrame:
    """One VERDICTS row."""
    row = {
        "event_id": event_id,
        "verdict": "unresolved",
        "explained_by": None,
        "reasons": "[]",
        "priority": 50,
        "priority_parts": "{}",
        "forest_share": 0.5,
        "zone_id": None,
        "county": "浮梁县",
        "township": None,
        "place": None,
        "is_provisional": False,
        "score": None,
        "escalation": None,
        "rules_version": "r1",
        "decided_at": NOON,
        **changed,
    }
    return typed(pd.DataFrame([row]), VERDICTS)


def case(event_id: str, **changed: Any) -> pd.DataFrame:
    """One CASES row of an event, open."""
    row = {
        "case_id": event_id.replace("JDZ", "CASE"),
        "event_id": event_id,
        "version": 1,
        "status": "open",
        "category": None,
        "team_id": None,
        "affected_forest_ha": None,
        "opened_at": NOON,
        "answer_due_at": NOON + timedelta(minutes=60),
        "result_due_at": NOON + timedelta(minutes=120),
        "dispatched_at": None,
        "answered_at": None,
        "closed_at": None,
        **changed,
    }
    return typed(pd.DataFrame([row]), CASES)


def teams(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """TEAMS rows, with defaults for what a row does not say."""
    default = {
        "name": "瑶里队",
        "kind": "semi-professional",
        "county": "浮梁县",
        "township": None,
        "headcount": 30,
        "vehicles": None,
        "leader": HOSTILE,
        "phone": "13800000000",
        "available": True,
        "geometry": shapely.Point(117.5, 29.5),
    }
    frame = pd.DataFrame([{**default, **row} for row in rows])
    return typed(gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326"), TEAMS)


def rejected(*rows: dict[str, Any]) -> pd.DataFrame:
    """REJECTED rows, with defaults for what a row does not say."""
    default = {
        "raw_sha256": "b" * 64,
        "source_name": "permits.xlsx",
        "kind": "permits",
        "line": 3,
        "reason": "latitude",
        "detail": "expected 18 to 54, found 95",
        "row": HOSTILE,
        "rejected_at": NOON,
    }
    return typed(pd.DataFrame([{**default, **row} for row in rows]), REJECTED)


def tables_of(contract: Contract, *, max_rows: int = 5) -> st.SearchStrategy[Any]:
    """Any table a contract allows: nulls where it may, values only where it checks them."""
    names = list(contract.columns)
    key = names[0]

    def build(rows: list[tuple[Any, ...]]) -> Any:
        frame = pd.DataFrame(rows, columns=names, dtype=object)
        if "geometry" in names:
            places = gpd.GeoSeries(list(frame["geometry"]), crs="EPSG:4326")
            frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=places)
        return validate(frame, contract)

    row = st.tuples(*(_values(contract, name) for name in names))
    unique = [index for index, name in enumerate(names) if contract.columns[name].unique]
    keys = tuple((lambda item, i=index: item[i]) for index in unique) or None
    assert key
    return st.lists(row, max_size=max_rows, unique_by=keys).map(build)


def _values(contract: Contract, name: str) -> st.SearchStrategy[Any]:
    column = contract.columns[name]
    dtype = str(column.dtype)
    rules = {check.name: check.statistics for check in column.checks or []}
    if name == "geometry":
        point = st.builds(shapely.Point, _degrees(-180, 179), _degrees(-90, 89))
        if contract.name == "hotspots":
            return point
        return point | point.map(lambda at: shapely.box(at.x, at.y, at.x + 0.5, at.y + 0.5))
    if "isin" in rules:
        some: st.SearchStrategy[Any] = st.sampled_from(sorted(rules["isin"]["allowed_values"]))
    elif dtype.startswith("datetime64"):
        some = st.timedeltas(timedelta(0), timedelta(days=18_000)).map(lambda span: EPOCH + span)
    elif dtype == "str":
        some = st.sampled_from([HOSTILE, "", "浮梁县"]) | st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8
        )
    elif dtype == "boolean":
        some = st.booleans()
    elif dtype.lower() == "int64":
        some = st.integers(1, 100)
    else:
        top = rules.get("in_range", {}).get("max_value", 1e6)
        some = st.floats(0.0, top, exclude_min="greater_than" in rules)
    return some | st.none() if column.nullable else some


def _degrees(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(low * 100, high * 100).map(lambda hundredths: hundredths / 100)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


@pytest.fixture
def make() -> Callable[..., Any]:
    """The functions of this module by name: ``make("hotspots", {...})``."""
    return lambda name, *given, **changed: globals()[name](*given, **changed)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """URL of a ledger's database: None is the SQLite file of the workspace."""
    if request.param == "sqlite":
        yield None
        return
    with schema() as url:
        yield url
