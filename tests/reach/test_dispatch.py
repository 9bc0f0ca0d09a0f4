"""How many teams go, who is on duty, and what is near."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from jdzfire.reach import NEARBY_COLUMNS
from jdzfire.reach.dispatch import OFF_DUTY, nearby_resources, off_duty, teams_to_send
from tests.tables import utc


@pytest.mark.parametrize(
    ("pixels", "is_growing", "grade", "count"),
    [(1, False, None, 1), (2, False, 3, 1), (3, False, 3, 2), (1, True, 1, 2), (1, False, 4, 2),
     (9, True, None, 3), (3, True, 5, 4)],
)  # fmt: skip
def test_more_teams_go_for_pixels_growth_and_danger(pixels, is_growing, grade, count):
    found, reasons = teams_to_send(pixels, is_growing=is_growing, grade=grade)
    assert found == count == 1 + len(reasons)


@pytest.mark.parametrize(
    ("hours", "at", "is_ready"),
    [
        ("08:00-20:00", "2024-04-04T00:00", True),  # 08:00 in Beijing
        ("08:00-20:00", "2024-04-04T12:00", False),  # 20:00
        ("20:00—08:00", "2024-04-04T16:30", True),  # over midnight
        ("20:00—08:00", "2024-04-04T01:00", False),
        ("00:00-00:00", "2024-04-04T01:00", True),
        ("三班倒", "2024-04-04T01:00", True),  # not understood: better sent than forgotten
        (None, "2024-04-04T01:00", True),
    ],
)
def test_hours_of_duty_are_beijing_time(hours, at, is_ready):
    teams = pd.DataFrame({"team_id": ["A"], "duty_hours": [hours]})
    assert off_duty(teams, utc(at).to_pydatetime()) == ({} if is_ready else {"A": OFF_DUTY})


def test_what_is_near_comes_by_kind_then_distance():
    points = {
        "far water": ("water", 117.0, 29.4), "pond": ("water", 117.0, 29.01),
        "lake": ("water", 117.0, 29.02), "stream": ("water", 117.0, 29.03),
        "yard": ("landing", 117.1, 29.0), "Li": ("officer", 117.001, 29.0),
    }  # fmt: skip
    resources = gpd.GeoDataFrame(
        {
            "resource_id": list(points), "name": list(points), "phone": None,
            "kind": [kind for kind, *_ in points.values()],
        },
        geometry=[shapely.Point(lon, lat) for _, lon, lat in points.values()],
        crs=4326,
    )  # fmt: skip
    events = pd.DataFrame(
        {
            "event_id": ["Z", "A", "NOWHERE"],
            "lon": [117.0, 117.0, None],
            "lat": [29.0, 29.025, 29.0],
        }
    )
    found = nearby_resources(events, resources)
    assert list(found.columns) == list(NEARBY_COLUMNS)
    names = found.groupby("event_id", sort=False)["name"].agg(list).to_dict()
    assert names == {"Z": ["pond", "lake", "yard", "Li"], "A": ["lake", "stream", "yard", "Li"]}
    first = found.iloc[0]
    assert first["distance_m"] == pytest.approx(1108.6, abs=1)
    assert first["bearing_deg"] == pytest.approx(0.0, abs=0.01)
    assert nearby_resources(events, resources.head(0)).empty
    assert nearby_resources(events.head(0), resources).empty
