"""Minutes and coverage from the registers of a workspace, and the commands that tell them."""

from __future__ import annotations

import json

import geopandas as gpd
import geopandas.testing
import pandas as pd
import pytest
from typer.testing import CliRunner

from jdzfire.board.public_edition import public_edition
from jdzfire.cli.app import app
from jdzfire.errors import NotFound
from jdzfire.queries.board import load_board
from jdzfire.queries.reach import cover_by_reach, load_reach, rank_teams, reach_of
from jdzfire.reach.speeds import Conditions
from jdzfire.workspace import open_workspace
from tests.queries.conftest import AT


@pytest.fixture(scope="module")
def event_id(home):
    with open_workspace(home) as workspace:
        return str(workspace.ledger.load_events()["event_id"].iloc[0])


def test_the_teams_of_an_event_come_by_road_and_on_foot(home, event_id):
    with open_workspace(home) as workspace:
        found, lines, notes = reach_of(workspace, event_id)
        slow, _, _ = reach_of(workspace, event_id, conditions=Conditions(is_night=True))
        with pytest.raises(NotFound):
            reach_of(workspace, "FIRE-19990101-001")
    assert found["team_id"].tolist() == ["E", "W"]
    assert found["name"].tolist() == ["<b>东队", "西队"]
    assert (found["walk_min"] > 10).all()
    assert (slow["minutes"] > found["minutes"]).all()
    assert lines["part"].tolist() == ["road", "foot"] * 2
    assert "no heights are known: the ground counts as level" in notes


def test_the_ground_is_kept_and_made_anew_when_a_register_changes(home):
    with open_workspace(home) as workspace:
        first = load_reach(workspace)
        (kept,) = workspace.home.derived_dir.glob("ground.*")
        again = load_reach(workspace)
        assert (again.grid.factor == first.grid.factor).all()
        assert again.grid.shape == first.grid.shape
        assert list(workspace.home.derived_dir.glob("ground.*")) == [kept]
        load_reach(workspace, Conditions(is_rain=True))
        assert list(workspace.home.derived_dir.glob("ground.*")) != [kept]


def test_coverage_counts_forest_people_and_what_one_team_alone_reaches(home):
    with open_workspace(home) as workspace:
        found = cover_by_reach(workspace)
    shares = found.shares.set_index(["area", "what"])
    whole = found.shares[found.shares["area"].isna()].set_index("what")
    assert whole.loc["people", "total"] == 120
    assert whole.loc["people", "within_20"] == 1.0
    forest = shares.loc[("浮梁县", "forest_ha")]
    assert forest["total"] == pytest.approx(9.7 * 22.2 * 100, rel=0.02)
    steps = [forest[f"within_{minutes}"] for minutes in (20, 30, 45, 60)]
    assert steps == sorted(steps)
    assert 0 < steps[0] < steps[-1] < 1
    lost = found.lost.set_index("team_id")["lost_ha"]
    assert lost["E"] > lost["W"] == 0


def test_commands_tell_minutes_and_shares(home, event_id):
    run = CliRunner()
    chinese = run.invoke(app, ["reach", "event", event_id, "--home", str(home), "--lang", "zh"])
    assert chinese.exit_code == 0
    assert "出动10" in chinese.stdout
    english = run.invoke(
        app, ["reach", "event", event_id, "--home", str(home), "--lang", "en", "--limit", "1"]
    )
    assert "turn-out 10" in english.stdout
    assert len(english.stdout.splitlines()) == 1
    document = json.loads(
        run.invoke(app, ["reach", "event", event_id, "--home", str(home), "--json"]).stdout
    )
    assert [one["team_id"] for one in document["teams"]] == ["E", "W"]
    assert document["routes"]["features"][0]["geometry"]["type"] == "LineString"
    cover = run.invoke(app, ["reach", "cover", "--home", str(home), "--within", "30"])
    assert "浮梁县 人口 120  30分钟 100.0%" in cover.stdout
    shares = json.loads(run.invoke(app, ["reach", "cover", "--home", str(home), "--json"]).stdout)
    assert shares["teams"] == 2


def test_the_board_has_minutes_ways_and_who_is_busy(home):
    with open_workspace(home, writing=True) as workspace:
        board = load_board(workspace, at=AT)
        event_id = board.events["event_id"][0]
        first = board.nearest.iloc[0]
        assert (first["team_id"], first["method"]) == ("E", "road_and_foot")
        assert set(board.routes["part"]) == {"road", "foot"}
        again = load_board(workspace, at=AT)  # kept between processes
        pd.testing.assert_frame_equal(again.nearest, board.nearest)
        gpd.testing.assert_geodataframe_equal(again.routes, board.routes)
        cases = board.cases.head(0)
        out = pd.DataFrame({name: [None] for name in cases.columns}).assign(
            event_id="OTHER", team_id="E", dispatched_at=pd.Timestamp(AT), closed_at=pd.NaT
        )
        ranked, ways = rank_teams(workspace, board.events, board.teams, out, at=AT)
    assert ranked["team_id"].tolist() == ["W", "E"]
    assert ranked["busy_with"].fillna("").tolist() == ["", "OTHER"]
    assert ways["team_id"].unique().tolist() == ["W", "E"]
    assert ways["event_id"].unique().tolist() == [event_id]
    public = public_edition(board)
    assert public.routes["part"].isna().all()
    assert public.nearest["leave_lon"].isna().all()
    assert public.nearest["minutes"].notna().all()
