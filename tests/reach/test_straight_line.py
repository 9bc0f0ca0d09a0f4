from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point

from jdzfire.errors import CrsError, UsageError
from jdzfire.reach import NEAREST_COLUMNS, nearest_teams

GEOD = Geod(ellps="WGS84")


def events_at(*places: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": pd.Series([f"E{i}" for i in range(len(places))], dtype="str"),
            "lon": pd.Series([lon for lon, _ in places], dtype="float64"),
            "lat": pd.Series([lat for _, lat in places], dtype="float64"),
        }
    )


def teams_at(rows: list[dict[str, Any]], crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "team_id": pd.Series([row["id"] for row in rows], dtype="str"),
            "available": pd.Series([row.get("available", True) for row in rows], dtype="boolean"),
        },
        geometry=[row["at"] for row in rows],
        crs=crs,
    )


def test_distance_and_bearing_by_hand() -> None:
    # a degree of latitude at 29.5 N: 111132.954 - 559.822 cos 59 + 1.175 cos 118
    # = 111132.954 - 288.331 - 0.552 = 110844.07 m, a tenth of it 11084.41 m, due north
    found = nearest_teams(
        events_at((117.0, 29.45)), teams_at([{"id": "N", "at": Point(117, 29.55)}])
    )
    assert found["distance_m"].iloc[0] == pytest.approx(11084.41, abs=0.05)
    assert found["bearing_deg"].iloc[0] == pytest.approx(0.0, abs=1e-9)
    assert found["method"].tolist() == ["straight_line"]


@pytest.mark.parametrize(
    ("place", "bearing"), [((117.1, 29.5), 90.0), ((116.9, 29.5), 270.0), ((117.0, 29.4), 180.0)]
)
def test_bearing_is_from_the_event_to_the_team(place: tuple[float, float], bearing: float) -> None:
    found = nearest_teams(events_at((117.0, 29.5)), teams_at([{"id": "T", "at": Point(*place)}]))
    assert found["bearing_deg"].iloc[0] == pytest.approx(bearing, abs=0.1)


def test_unavailable_and_placeless_teams_are_never_sent() -> None:
    teams = teams_at(
        [
            {"id": "near, away", "at": Point(117.0, 29.51), "available": False},
            {"id": "unknown", "at": Point(117.0, 29.51), "available": None},
            {"id": "no place", "at": None},
            {"id": "empty", "at": Point()},
            {"id": "far", "at": Point(117.0, 29.9)},
        ]
    )
    assert nearest_teams(events_at((117.0, 29.5)), teams)["team_id"].tolist() == ["far"]


def test_equal_distances_go_by_id_whatever_the_order_of_rows() -> None:
    rows = [{"id": name, "at": Point(117.0, 29.6)} for name in ("T3", "T1", "T2")]
    for order in (rows, rows[::-1]):
        found = nearest_teams(events_at((117.0, 29.5)), teams_at(order), limit=2)
        assert found["team_id"].tolist() == ["T1", "T2"]
        assert found["rank"].tolist() == [1, 2]


def test_a_station_drawn_as_a_line_counts_from_a_point_of_it() -> None:
    teams = teams_at([{"id": "L", "at": LineString([(117.0, 29.6), (117.0, 29.6001)])}])
    found = nearest_teams(events_at((117.0, 29.5)), teams)
    assert found["distance_m"].iloc[0] == pytest.approx(11084.5, abs=20)


@pytest.mark.parametrize("empty", ["events", "teams", "both", "all away"])
def test_empty_in_empty_out(empty: str) -> None:
    events = events_at() if empty in ("events", "both") else events_at((117.0, 29.5))
    rows = [] if empty in ("teams", "both") else [{"id": "T", "at": Point(117, 29)}]
    teams = teams_at(rows).assign(available=empty != "all away")
    found = nearest_teams(events, teams)
    assert len(found) == 0
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == NEAREST_COLUMNS


def test_an_event_without_a_place_gets_no_team() -> None:
    events = events_at((float("nan"), 29.5), (117.0, 29.5))
    found = nearest_teams(events, teams_at([{"id": "T", "at": Point(117, 29)}]))
    assert found["event_id"].tolist() == ["E1"]


def test_arguments_are_checked_and_not_changed() -> None:
    events = events_at((117.0, 29.5))
    teams = teams_at([{"id": "T", "at": Point(117, 29)}])
    before = events.copy(), teams.copy()
    nearest_teams(events, teams)
    pd.testing.assert_frame_equal(events, before[0])
    pd.testing.assert_frame_equal(pd.DataFrame(teams), pd.DataFrame(before[1]))
    with pytest.raises(UsageError, match="limit"):
        nearest_teams(events, teams, limit=0)
    with pytest.raises(CrsError, match="stored CRS"):
        nearest_teams(events, teams.to_crs("EPSG:4548"))


PLACES = st.tuples(st.floats(116.5, 118.0), st.floats(28.5, 30.2))


@settings(max_examples=60, deadline=None)
@given(
    places=st.lists(PLACES, min_size=1, max_size=6),
    stations=st.lists(st.tuples(PLACES, st.booleans()), min_size=1, max_size=8),
    limit=st.integers(1, 4),
)
def test_agrees_with_brute_force(
    places: list[tuple[float, float]],
    stations: list[tuple[tuple[float, float], bool]],
    limit: int,
) -> None:
    teams = teams_at(
        [
            {"id": f"T{i}", "at": Point(*place), "available": free}
            for i, (place, free) in enumerate(stations)
        ]
    )
    expected = []
    for i, (lon, lat) in enumerate(places):
        measured = sorted(
            (round(GEOD.inv(lon, lat, *place)[2], 3), f"T{j}")
            for j, (place, free) in enumerate(stations)
            if free
        )
        expected += [(f"E{i}", r + 1, t) for r, (_, t) in enumerate(measured[:limit])]
    found = nearest_teams(events_at(*places), teams, limit=limit)
    assert list(zip(found["event_id"], found["rank"], found["team_id"], strict=True)) == expected
