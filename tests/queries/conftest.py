"""A small home with roads: one event, two teams on one road."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.schemas import ADMIN, ROADS, SETTLEMENTS, TEAMS, ZONES, conform
from jdzfire.store.registers import save_register
from jdzfire.workspace import open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

AT = utc("2024-04-04T08:00").to_pydatetime()


def table(contract, geometry, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)
    missing = {name: None for name in contract.columns if name not in frame}
    return conform(frame.assign(**missing), contract)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One event, two teams on one road, one county, forest on its eastern half."""
    folder = tmp_path_factory.mktemp("reach")
    with open_workspace(folder / "home", writing=True) as workspace:
        county = box(117.1, 29.3, 117.3, 29.5)
        registers = {
            "admin": table(ADMIN, [county], admin_id=["360222"], name=["浮梁县"], level=["county"]),
            "zones": table(
                ZONES, [box(117.2, 29.3, 117.3, 29.5)], zone_id=["Z"], edge_buffer_m=[0.0],
                county=["浮梁县"], township=["鹅湖镇"],
            ),
            "roads": table(
                ROADS, [LineString([(117.1, 29.4), (117.3, 29.4)])], road_id=["R"],
                road_class=["primary"],
            ),
            "teams": table(
                TEAMS, [Point(117.12, 29.4), Point(117.29, 29.4)], team_id=["W", "E"],
                name=["西队", "<b>东队"], kind=["semi-professional"] * 2, available=[True, True],
            ),
            "settlements": table(
                SETTLEMENTS, [Point(117.25, 29.401)], settlement_id=["V"], name=["村"],
                kind=["village"], population=[120],
            ),
        }  # fmt: skip
        for kind, register in registers.items():
            save_register(workspace.home, kind, register, at=AT)
        rows = pixel(117.25, 29.42, "2024-04-04", "0503")
        ingest_files(workspace, "firms", [csv(folder, "a.csv", rows)], at=AT)
        run_triage(workspace, at=AT)
    return folder / "home"
