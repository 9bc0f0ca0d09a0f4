"""Teams ranked by minutes, against the cube, and with the odd places duty rooms know."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from jdzfire.errors import UsageError
from jdzfire.reach import NEAREST_COLUMNS, STRAIGHT_LINE, free_first, nearest_teams
from jdzfire.reach.cube import reach_cube
from jdzfire.reach.events import (
    ROAD_AND_FOOT,
    reach_events,
    reach_model,
    route_lines,
)
from jdzfire.reach.network import build_network
from jdzfire.reach.walk import WalkGrid
from tests.reach.test_roads import LAT, LON, STEP, roads

ROADS = roads(
    ("primary", [(0, 0), (10, 0), (20, 0)]),
    ("track", [(10, 0), (10, 8)]),
    ("tertiary", [(0, 0), (0, 9)]),
)


def teams_at(**where: tuple[float, float]) -> gpd.GeoDataFrame:
    points = [shapely.Point(LON + x * STEP, LAT + y * STEP) for x, y in where.values()]
    return gpd.GeoDataFrame({"team_id": list(where), "available": True}, geometry=points, crs=4326)


def events_at(*where: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": [f"E{number}" for number in range(len(where))],
            "lon": [LON + x * STEP for x, _ in where],
            "lat": [LAT + y * STEP for _, y in where],
        }
    )


def model_of(teams: gpd.GeoDataFrame, table: gpd.GeoDataFrame = ROADS, *, hills: bool = False):
    network = build_network(table)
    rows, columns = 220, 320
    height = np.zeros((rows, columns))
    if hills:
        draw = np.random.default_rng(3)
        height = draw.random((rows, columns)) * 40
    x, y = Transformer.from_crs(4326, network.crs, always_xy=True).transform(
        LON - 4 * STEP, LAT + 14 * STEP
    )
    west, north = np.floor(x / 100) * 100, np.ceil(y / 100) * 100
    grid = WalkGrid(network.crs, west, north, 100.0, height, np.full((rows, columns), 0.5))
    return reach_model(network, grid, teams)


def test_minutes_are_those_of_the_cube_in_the_cell_of_the_event():
    teams = teams_at(A=(0, 0), B=(20, 0.1), C=(10, 8))
    model = model_of(teams, hills=True)
    events = events_at((3, 2), (12, 6), (17, -1))
    found = reach_events(events, teams, model)
    cube = reach_cube(
        model.network, model.times, model.grid, team_ids=list(model.teams["team_id"]),
        turn_out_min=10.0, limit_min=400.0,
    )  # fmt: skip
    x, y = Transformer.from_crs(4326, model.network.crs, always_xy=True).transform(
        events["lon"], events["lat"]
    )
    row, column = model.grid.cells_of(np.asarray(x), np.asarray(y))
    for number, event_id in enumerate(events["event_id"]):
        mine = found[found["event_id"] == event_id].set_index("team_id")
        assert mine["rank"].tolist() == [1, 2, 3]
        assert mine["minutes"].is_monotonic_increasing
        cell = cube["minutes"][:, row[number], column[number]]
        for team in "ABC":
            assert mine.loc[team, "minutes"] == pytest.approx(float(cell.sel(team=team)), abs=0.01)


def test_the_parts_add_up_and_lie_within_their_range():
    teams = teams_at(A=(0, 0), B=(20, 0))
    (first, second) = reach_events(events_at((8, 3)), teams, model_of(teams)).to_dict("records")
    for row in (first, second):
        assert row["minutes"] == pytest.approx(
            row["turn_out_min"] + row["drive_min"] + row["walk_min"]
        )
        assert row["quick_min"] < row["minutes"] < row["late_min"]
        assert row["method"] == ROAD_AND_FOOT
    assert list(reach_events(events_at((8, 3)), teams, model_of(teams))) == list(NEAREST_COLUMNS)


def test_the_nearest_by_straight_line_may_come_later():
    # B is nearer, but between it and the fire lies no road
    teams = teams_at(A=(0, 0), B=(10, 8))
    table = roads(
        ("primary", [(0, 0), (6, 0), (6, 5)]),
        ("track", [(10, 8), (10, 12), (-2, 12), (-2, 0), (0, 0)]),
    )
    found = reach_events(events_at((6.5, 5)), teams, model_of(teams, table))
    assert found["team_id"].tolist() == ["A", "B"]
    assert found["distance_m"].is_monotonic_decreasing


def test_a_route_ends_at_the_event_and_is_as_long_as_its_minutes():
    teams = teams_at(A=(0, 0))
    model, events = model_of(teams), events_at((6, 1))
    found = reach_events(events, teams, model)
    lines = route_lines(model, found, events).to_crs(model.network.crs)
    assert lines["part"].tolist() == ["road", "foot"]
    road, foot = lines.geometry
    assert road.length / 1000 / 50 * 60 == pytest.approx(found["drive_min"][0], abs=0.01)
    assert shapely.distance(shapely.get_point(road, -1), shapely.get_point(foot, 0)) < 1
    end = shapely.get_point(foot, -1)
    there = gpd.GeoSeries.from_xy(events["lon"], events["lat"], crs=4326).to_crs(model.network.crs)
    assert shapely.distance(end, there.iloc[0]) < 1
    assert foot.length >= found["walk_m"][0] - 150
    assert lines["length_m"].tolist() == pytest.approx([road.length, foot.length], rel=1e-3)
    assert np.isnan(lines["climb_m"][0])


def test_a_walk_tells_how_far_it_goes_up():
    teams = teams_at(A=(0, 0))
    model, events = model_of(teams), events_at((5, 2))
    rows, _ = model.grid.shape
    # 5 m up for each cell of 100 m to the north: 2.9 degrees
    model.grid.height_m[:] = 5.0 * (rows - np.arange(rows))[:, None]
    found = reach_events(events, teams, model)
    foot = route_lines(model, found, events).query("part == 'foot'").iloc[0]
    assert foot["climb_m"] > 80
    north_m = shapely.get_point(foot["geometry"], -1).y - shapely.get_point(foot["geometry"], 0).y
    assert foot["climb_m"] == pytest.approx(north_m * 111_000 * 0.05, abs=6)
    assert foot["steepest_deg"] == pytest.approx(2.86, abs=0.01)


def test_teams_out_at_another_event_come_last():
    teams = teams_at(A=(2, 0), B=(8, 0), C=(18, 0))
    ranked = reach_events(events_at((0, 2), (20, 2)), teams, model_of(teams), limit=3)
    found = free_first(ranked, {"A": "E1", "C": "E1"}, limit=2)
    assert found["team_id"].tolist() == ["B", "A", "C", "B"]  # C is at E1 already
    assert found["rank"].tolist() == [1, 2, 1, 2]
    assert found["busy_with"].fillna("").tolist() == ["", "E1", "", ""]
    straight = free_first(nearest_teams(events_at((0, 2)), teams), {"A": "E9"}, limit=3)
    assert straight["team_id"].tolist() == ["B", "C", "A"]
    assert free_first(nearest_teams(events_at(), teams), {"A": "E9"}).empty


def test_a_team_off_the_roads_is_behind_and_told():
    teams = teams_at(A=(0, 0), ISLAND=(9, 3), LAKE=(15, 6))
    table = pd.concat([ROADS, roads(("track", [(8, 3), (9, 3)])).assign(road_id="R9")])
    model = model_of(teams, table.reset_index(drop=True))
    notes = " ".join(model.notes)
    assert "1 teams stand far from every road: LAKE" in notes
    assert "1 islands of roads" in notes
    found = reach_events(events_at((8, 9)), teams, model)
    last = found[found["team_id"] == "ISLAND"].iloc[0]
    assert last["method"] == (ROAD_AND_FOOT if last["minutes"] > 0 else STRAIGHT_LINE)
    assert found["team_id"].iloc[0] == "A" or found["minutes"].iloc[0] <= found["minutes"].iloc[1]


def test_an_event_off_the_ground_or_without_roads_gets_straight_lines():
    teams = teams_at(A=(0, 0), B=(20, 0))
    far = reach_events(events_at((80, 80)), teams, model_of(teams))
    assert far["method"].tolist() == [STRAIGHT_LINE, STRAIGHT_LINE]
    assert far["team_id"].tolist() == ["B", "A"]
    assert far[["minutes", "late_min", "leave_lon"]].isna().all(axis=None)
    bare = model_of(teams, ROADS.iloc[:0])
    assert reach_events(events_at((8, 3)), teams, bare)["method"].unique().tolist() == [
        STRAIGHT_LINE
    ]
    assert route_lines(bare, far, events_at((80, 80))).empty


def test_a_fire_on_closed_ground_is_reached():
    teams = teams_at(A=(0, 0))
    model = model_of(teams)
    model.grid.factor[:] = 0.5
    x, y = Transformer.from_crs(4326, model.network.crs, always_xy=True).transform(
        LON + 8 * STEP, LAT + 3 * STEP
    )
    row, column = model.grid.cells_of(np.array([x]), np.array([y]))
    model.grid.factor[row[0], column[0]] = 0.0
    found = reach_events(events_at((8, 3)), teams, model)
    assert found["method"].tolist() == [ROAD_AND_FOOT]


def test_no_event_no_team_and_no_place():
    teams = teams_at(A=(0, 0))
    model = model_of(teams)
    assert reach_events(events_at().astype({"lon": float, "lat": float}), teams, model).empty
    assert reach_events(events_at((1, 1)).assign(lon=np.nan), teams, model).empty
    none = teams.iloc[:0]
    assert reach_events(events_at((1, 1)), none, model_of(none)).empty
    with pytest.raises(UsageError):
        reach_events(events_at((1, 1)), teams, model, limit=0)
