"""The plain rules: same county and day; one kilometre and a day."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely.geometry import Point, box

from jdzfire.evaluation.plain_rules import PLAIN_RULES, explained_plainly, score_plain
from tests.tables import hotspot_table, register_table

COUNTY, NEAR = PLAIN_RULES
M_EAST = 1 / 97_070.0
ADMIN = register_table("admin", [{"geometry": box(117, 29, 118, 30)}])
PERMITS = register_table("permits", [{"geometry": Point(117.2, 29.4), "county": "浮梁县"}])


@pytest.mark.parametrize(
    ("lon", "at", "county", "near"),
    [
        (117.2, "2024-04-04T05:00", True, True),
        (117.9, "2024-04-04T05:00", True, False),  # anywhere in the county
        (118.1, "2024-04-04T05:00", False, False),
        (117.2, "2024-04-05T09:00", False, True),  # the next day, 23 h after the end
        (117.2, "2024-04-05T10:30", False, False),
        (117.2, "2024-04-03T15:30", False, True),  # 23:30 in Beijing the day before
        (117.2, "2024-04-03T16:30", True, True),  # 00:30 in Beijing that day
        (117.2 + 990 * M_EAST, "2024-04-04T05:00", True, True),
        (117.2 + 1010 * M_EAST, "2024-04-04T05:00", True, False),
    ],
)
def test_both_sides(lon: float, at: str, county: bool, near: bool) -> None:
    spot = hotspot_table([{"lon": lon, "lat": 29.4, "at": at}])
    assert explained_plainly(spot, PERMITS, ADMIN, COUNTY).tolist() == [county]
    assert explained_plainly(spot, PERMITS, ADMIN, NEAR).tolist() == [near]


def test_only_approvals_that_stand_count() -> None:
    spot = hotspot_table([{"lon": 117.2, "lat": 29.4, "at": "2024-04-04T05:00"}])
    pending = PERMITS.assign(status="pending")
    for rule in PLAIN_RULES:
        assert not explained_plainly(spot, pending, ADMIN, rule).any()


def test_a_wildfire_on_a_day_of_burning_is_silenced_by_the_county() -> None:
    spots = hotspot_table(
        [
            {"lon": 117.2, "lat": 29.4, "at": "2024-04-04T05:00", "hotspot_id": "b"},
            {"lon": 117.8, "lat": 29.4, "at": "2024-04-04T05:00", "hotspot_id": "w"},
        ]
    )
    truth = pd.DataFrame({"hotspot_id": ["b", "w"], "fire_id": ["F1", "F2"]})
    fires = pd.DataFrame(
        {"fire_id": ["F1", "F2"], "kind": ["burn", "wildfire"], "fault": [None, None]}
    )
    scores = score_plain(spots, truth, fires, PERMITS, ADMIN)
    assert scores[COUNTY]["wildfires_silenced"] == 1
    assert scores[NEAR] == {
        "fires_to_show": 1,
        "fires_shown_at_once": 1,
        "wildfires_silenced": 0,
        "burns_explained": 1.0,
        "unexplained_hotspots": 1,
    }
