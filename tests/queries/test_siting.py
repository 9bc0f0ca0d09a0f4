"""Plans and forward placing from the registers of a workspace, their files and commands."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely import LineString
from typer.testing import CliRunner

from jdzfire.cli.app import app
from jdzfire.errors import NotFound, UsageError
from jdzfire.pipeline.register import register_files
from jdzfire.queries.forward import place_forward
from jdzfire.queries.planner import coverage_rows, gap_rows, lost_rows, make_plan
from jdzfire.queries.reach import load_reach, reach_of
from jdzfire.queries.siting import load_basis, plan_sites, shares_by_area
from jdzfire.queries.spread import outlook_events
from jdzfire.schemas import ROADS, empty_table
from jdzfire.store.registers import save_register
from jdzfire.workspace import open_workspace
from tests.queries.conftest import AT, table
from tests.tables import utc
from tests.weather.grids import weather_days


@pytest.fixture(scope="module")
def basis(home):
    with open_workspace(home) as workspace:
        return load_basis(workspace)


def test_the_basis_counts_all_forest_and_people_and_begins_with_the_teams(home, basis):
    assert basis.sites["site_id"].tolist()[:2] == ["E", "W"]
    assert basis.teams == 2
    assert len(basis.sites) > 5
    assert basis.minutes.shape == (len(basis.sites), len(basis.blocks))
    # 0.1 x 0.2 degree of forest, where 1 degree is 97.0 and 110.9 km
    assert basis.blocks["forest_ha"].sum() == pytest.approx(9.70 * 22.18 * 100, rel=0.02)
    assert basis.blocks["people"].sum() == 120
    assert basis.fire_count == 1  # the event nobody has explained
    assert basis.blocks["fires"].sum() == pytest.approx(1.0)
    with open_workspace(home) as workspace:
        again = load_basis(workspace)
    np.testing.assert_array_equal(again.minutes, basis.minutes)


def test_minutes_of_a_block_are_those_of_the_cube(home, basis):
    from jdzfire.reach.cube import reach_cube

    with open_workspace(home) as workspace:
        model = load_reach(workspace)
    cube = reach_cube(
        model.network, model.times, model.grid, team_ids=list(model.teams["team_id"]),
        turn_out_min=model.rules.turn_out_min, limit_min=90.0,
    )["minutes"].to_numpy().reshape(2, -1)  # fmt: skip
    there = cube[:, basis.blocks["cell"]]
    np.testing.assert_allclose(basis.minutes[:2], there, rtol=2e-3)


def test_a_plan_gains_what_its_shares_say_and_no_more_than_its_bound(basis):
    plans = plan_sites(basis, within=25, moves=(0, 1, 2), weight="forest")
    shares = [
        shares_by_area(basis, plan.sites, "forest", within=25, level="county")["share"][0]
        for plan in plans
    ]
    assert shares == pytest.approx([plan.after / plan.total for plan in plans])
    assert shares == sorted(shares)
    assert all(plan.is_optimal and plan.after <= plan.bound + 1e-6 for plan in plans)
    stay = plan_sites(basis, within=25, moves=(2,), weight="forest", stay=["E"])[0]
    assert 0 in stay.sites
    dear = plan_sites(basis, within=25, moves=(2,), weight="forest", move_cost=1e9)[0]
    assert dear.steps.empty
    with pytest.raises(UsageError, match="unknown team"):
        plan_sites(basis, stay=["NOBODY"])


def test_the_files_of_a_plan_say_the_same_and_hold_no_markup(home):
    with open_workspace(home, writing=True) as workspace:
        answer = make_plan(workspace, within=25, moves=(1,), weight="forest", at=pd.Timestamp(AT))
        first = {name: path.read_bytes() for name, path in answer.files.items()}
        make_plan(workspace, within=25, moves=(1,), weight="forest", at=pd.Timestamp(AT))
        gaps = gap_rows(workspace, answer.basis)
    assert answer.files["page"].read_bytes() == first["page"]
    assert answer.files["workbook"].read_bytes() == first["workbook"]
    page = first["page"].decode()
    assert "<b>东队" not in page
    assert "http" not in page.split('id="plan-data"')[1].split("</script>")[0]
    book = openpyxl.load_workbook(io.BytesIO(first["workbook"]))
    assert book.sheetnames == ["覆盖现状", "覆盖空白", "队伍作用", "方案"]
    cover = coverage_rows(answer.basis)
    assert book["覆盖现状"].max_row == len(cover) + 1
    steps = list(book["方案"].iter_rows(min_row=2, values_only=True))
    assert len(steps) == len(answer.rows()) == len(answer.plans[0].steps)
    assert zipfile.ZipFile(io.BytesIO(first["workbook"])).testzip() is None
    blocks = gpd.read_file(answer.files["layers"], layer="blocks")
    assert blocks["forest_ha"].sum() == pytest.approx(answer.basis.blocks["forest_ha"].sum())
    assert len(gpd.read_file(answer.files["layers"], layer="new_sites")) == len(steps)
    # the one village is near all gaps
    late = (answer.basis.minutes[:2].min(axis=0) > 45) * answer.basis.blocks["forest_ha"]
    assert gaps["name"].tolist() == ["村"]
    assert gaps["lacking"][0] == pytest.approx(late.sum())
    assert lost_rows(answer.basis)["site_id"].tolist()[0] == "E"


def test_without_roads_the_plan_says_so(home, tmp_path):
    import shutil

    shutil.copytree(home, tmp_path / "home")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        save_register(workspace.home, "roads", empty_table(ROADS), replace=True)
        with pytest.raises(NotFound, match="no roads are registered"):
            load_basis(workspace)


def test_roads_of_another_continent_bend_nothing(home, tmp_path):
    import shutil

    shutil.copytree(home, tmp_path / "home")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        before = load_reach(workspace)
        far = table(
            ROADS, [LineString([(-122.3, 37.8), (-122.2, 37.9)])], road_id=["FAR"],
            road_class=["primary"],
        )  # fmt: skip
        save_register(workspace.home, "roads", far)
        after = load_reach(workspace)
    np.testing.assert_allclose(after.times.minutes, before.times.minutes)
    assert "1 roads lie far from the watched area and are left out" in after.notes


def test_crews_sent_ahead_reach_no_less_and_leave_some_at_home(home):
    with open_workspace(home) as workspace:
        found = place_forward(
            workspace, AT, utc("2024-04-07T08:00").to_pydatetime(), crews=2, within=25,
        )  # fmt: skip
        none = place_forward(
            workspace, AT, utc("2024-04-07T08:00").to_pydatetime(), crews=2, home_share=1.0,
        )  # fmt: skip
        with pytest.raises(UsageError, match="ill-posed"):
            place_forward(workspace, AT, AT, crews=2)
    assert found.plan.after >= found.plan.before
    assert len(found.posts) <= 1  # half of two stays
    assert not found.has_danger
    assert not found.is_of_season
    assert none.posts.empty
    assert found.weights.sum() == pytest.approx(3 / 365.25, rel=1e-3)


def test_the_commands_tell_plans(home):
    def run(*arguments):
        done = CliRunner().invoke(app, ["--home", str(home), "siting", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    plan = json.loads(run("plan", "--within", "25", "--moves", "1", "--for", "forest", "--json"))
    assert plan["plans"][0]["share_after"] >= plan["plans"][0]["share_before"]
    assert plan["plans"][0]["is_optimal"]
    assert "25分钟内到达" in run("plan", "--within", "25", "--moves", "1", "--floor", "0")
    assert "proven best" in run("plan", "--within", "25", "--lang", "en", "--across-counties")
    days = ("--from", "2024-04-04T00:00Z", "--to", "2024-04-06T00:00Z")
    forward = json.loads(run("forward", *days, "--crews", "1", "--within", "25", "--json"))
    assert forward["share_forward"] >= forward["share_at_home"]
    assert "前置" in run("forward", *days)
    assert "crews ahead" in run("forward", *days, "--lang", "en")


def test_an_outlook_needs_the_weather_of_the_day_and_a_young_fire(home, tmp_path):
    import shutil

    shutil.copytree(home, tmp_path / "home")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        events = workspace.ledger.load_events()
        nearest = reach_of(workspace, events["event_id"][0], limit=1)[0]
        assert outlook_events(workspace, events, nearest, at=AT).empty
        weather = tmp_path / "weather.nc"
        weather_days("2024-03-31", 7).to_netcdf(weather, engine="scipy")
        register_files(workspace, "weather", [weather], at=AT)
        found = outlook_events(workspace, events, nearest, at=AT, wind_from_deg=270.0)
        late = outlook_events(workspace, events, nearest, at=AT + timedelta(hours=12))
        assert outlook_events(workspace, events.head(0), nearest, at=AT).empty
    assert found["later_min"].tolist() == [0.0, 60.0, 120.0]
    burning = (AT - events["first_seen_at"][0]).total_seconds() / 60 + nearest["minutes"][0]
    assert found["after_min"].tolist() == pytest.approx([burning, burning + 60, burning + 120])
    assert found["area_ha"].is_monotonic_increasing
    assert found.geometry.iloc[0].distance(events.geometry.iloc[0]) < 0.01
    assert late.empty
    words = ["--home", str(tmp_path / "home"), "reach", "outlook", events["event_id"][0]]
    at = ["--now", AT.isoformat()]
    done = CliRunner().invoke(app, [*words, *at, "--wind-from", "270", "--json"])
    stated = json.loads(done.stdout)
    assert [row["area_ha"] for row in stated["outlooks"]] == found["area_ha"].tolist()
    assert "不是指令" in CliRunner().invoke(app, [*words, *at]).stdout
    late_at = ["--now", "2024-04-05T08:00Z", "--lang", "en"]
    assert "no outlook" in CliRunner().invoke(app, [*words, *late_at]).stdout
