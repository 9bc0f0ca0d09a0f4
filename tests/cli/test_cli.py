"""Commands, exit codes and JSON; the flow itself is tested in tests/flows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jdzfire.cli import main
from jdzfire.store.archive import append_hotspots
from jdzfire.store.registers import load_register
from jdzfire.workspace import open_workspace
from tests.feeds.made_tilesets import home_tiles, write_mbtiles
from tests.registers.test_source_proposals import observations
from tests.tables import hotspot_table

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command in this process; its exit code, stdout and stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["jdzfire", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.mark.slow
def test_done_is_0(run, tmp_path):
    code, out, err = run(
        "register", "admin", SAMPLES / "admin.geojson", "--home", tmp_path, "--json"
    )
    assert code == 0
    assert json.loads(out)["rejected"] == 0
    assert err == (
        "admin.geojson: datum not stated, taken as wgs84; nothing registered to compare with\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-command"],
        ["register", "nothing", "x.csv"],
        ["ingest", "nothing", "x.csv"],
        ["watch"],
        ["publish", "--lang", "fr"],
        ["triage", "--now", "yesterday"],
        ["triage", "--now", "2024-04-04T08:00"],
        ["event", "show", "JDZ-19000101-001"],
        ["explain", "JDZ-19000101-001"],
        ["case", "show", "CASE-19000101-001"],
        ["case", "answer", "CASE-19000101-001", "--category", "no_fire"],
    ],
)
def test_usage_is_2(run, tmp_path, monkeypatch, words):
    monkeypatch.setenv("JDZFIRE_HOME", str(tmp_path))
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert err


def test_a_wrong_setting_is_2(run, tmp_path):
    (tmp_path / "jdzfire.toml").write_text("[triage]\nsmolder_h = 10\n")
    code, _, err = run("doctor", "--home", tmp_path)
    assert code == 2
    assert "smolder_h" in err
    assert "smoulder_h" in err


def test_a_wrong_variable_is_2(run, tmp_path, monkeypatch):
    monkeypatch.setenv("JDZFIRE_LANGUAGE", "en")
    assert run("doctor", "--home", tmp_path)[0] == 2


@pytest.mark.slow
@pytest.mark.parametrize("text", ["Invalid MAP_KEY.", "<html>busy</html>", ""])
def test_unusable_input_is_3(run, tmp_path, text):
    file = tmp_path / "a.csv"
    file.write_text(text)
    code, _, err = run("ingest", "firms", file, "--home", tmp_path / "home")
    assert code == 3
    assert "a.csv" in err
    code, _, err = run("register", "permits", file, "--home", tmp_path / "home")
    assert code == 3


def test_a_missing_file_is_3(run, tmp_path):
    code, _, err = run("ingest", "firms", tmp_path / "none.csv", "--home", tmp_path / "home")
    assert code == 3
    assert "none.csv" in err


def test_degraded_is_4(run, tmp_path):
    good = (SAMPLES / "firms_viirs_nrt.csv").read_text()
    file = tmp_path / "a.csv"
    file.write_text(good + good.splitlines()[1] + "\n")
    code, out, err = run("ingest", "firms", file, "--home", tmp_path / "home", "--json")
    assert code == 4
    assert json.loads(out)["rejected"] == 1
    assert "degraded: a.csv" in err
    assert run("doctor", "--home", tmp_path / "home")[0] == 4


@pytest.mark.slow
def test_a_file_without_a_usable_row_is_3_and_the_register_stays(run, tmp_path):
    home = tmp_path / "home"
    header, *_ = (SAMPLES / "firms_viirs_nrt.csv").read_text().splitlines()
    file = tmp_path / "a.csv"
    file.write_text(header + "\nx" * 3 + "\n")
    code, _, err = run("ingest", "firms", file, "--home", home)
    assert code == 3
    assert "a.csv: none of its 3 rows can be used" in err
    assert run("register", "teams", SAMPLES / "teams.csv", "--home", home)[0] == 0
    with open_workspace(home) as workspace:
        before = load_register(workspace.home, "teams")
    teams = tmp_path / "teams.csv"
    teams.write_text("队伍名称,队伍类型,经度,纬度\n甲队,专业,0,0\n")
    code, _, err = run("register", "teams", teams, "--home", home)
    assert code == 3
    assert "1 position_zero" in err
    with open_workspace(home) as workspace:
        assert load_register(workspace.home, "teams").equals(before)


def test_headers_met_again_and_totals_are_told_and_are_0(run, tmp_path):
    text = (SAMPLES / "firms_viirs_nrt.csv").read_text()
    more = (SAMPLES / "firms_viirs_api.csv").read_text()
    file = tmp_path / "both.csv"
    file.write_text(text + more)
    code, out, err = run("ingest", "auto", file, "--home", tmp_path / "home", "--json")
    assert code == 0
    assert json.loads(out)["rows"] == 6
    assert "both.csv: rejected: 1 header_again" in err


@pytest.mark.slow
def test_a_terminal_of_gbk_loses_a_sign_and_not_the_answer():
    output = (
        "import sys, jdzfire.cli\n"
        "module = sys.modules['jdzfire.cli.app']\n"
        "module.app = lambda: print('✗ 未过')\n"
        "module.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", output],
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode("gbk").strip() == "? 未过"


def test_home_may_stand_before_the_command_or_in_the_environment(run, tmp_path, monkeypatch):
    sample = SAMPLES / "firms_viirs_nrt.csv"
    assert run("--home", tmp_path / "a", "ingest", "auto", sample)[0] == 0
    assert (tmp_path / "a" / "ledger.sqlite").exists()
    monkeypatch.setenv("JDZFIRE_HOME", str(tmp_path / "b"))
    assert run("ingest", "auto", sample)[0] == 0
    assert (tmp_path / "b" / "ledger.sqlite").exists()


@pytest.mark.slow
def test_the_life_of_a_case_by_commands(run, month_copy):
    cases = json.loads(run("case", "list", "--home", month_copy, "--json")[1])
    case_id = next(c["case_id"] for c in cases if c["status"] == "open")
    teams = json.loads(
        run("event", "show", "JDZ" + case_id[4:], "--home", month_copy, "--json")[1]
    )["nearest_teams"]
    at = ["--who", "王五", "--now", "2024-05-01T01:00Z", "--home", month_copy]

    def take(action: str, *words: str) -> int:
        return run("case", action, case_id, *words, *at)[0]

    code, out, _ = run("case", "dispatch", case_id, "--team", teams[0]["team_id"], *at)
    assert (code, out.strip()) == (0, f"{case_id}: dispatched")
    assert take("dispatch", "--team", "nobody") == 2
    assert take("close") == 2  # not answered yet
    assert take("arrive") == 0
    found = ["--affected-ha", "0.2", "--burned-ha", "0.3", "--cause", "straw", "--people", "12"]
    assert take("answer", "--category", "farm_fire", *found, "--out-at", "2024-05-01T00:30Z") == 0
    assert take("answer", "--category", "farm_fire", "--people", "1.5") == 2
    assert take("close") == 2  # not reviewed yet
    assert take("review", "--level", "province") == 2
    assert take("review", "--level", "county") == 0
    assert take("send-back", "--remark", "面积不对") == 0
    assert take("answer", "--category", "farm_fire", *found) == 0
    assert take("review", "--level", "city") == 0
    assert take("hand-over", "--to", "乐平市") == 0
    assert take("close") == 0
    shown = json.loads(run("case", "show", case_id, "--home", month_copy, "--json")[1])
    assert [line["action"] for line in shown["log"]] == [
        *("open", "dispatch", "arrive", "answer", "review_county", "send_back", "answer"),
        *("review_city", "hand_over", "close"),
    ]
    assert shown["case"]["affected_forest_ha"] == 0.2
    assert (shown["case"]["cause"], shown["case"]["held_by"]) == ("straw", "乐平市")
    assert take("reopen") == 0
    assert take("cancel", "--remark", "演练") == 0
    listed = json.loads(run("case", "list", "--home", month_copy, "--json")[1])
    assert case_id not in {case["case_id"] for case in listed}


@pytest.mark.slow
def test_sheets_and_the_chain_by_commands(run, month_copy, tmp_path):
    sheet = tmp_path / "feedback.xlsx"
    here = ["--home", month_copy]
    assert run("case", "sheet", "--out", sheet, *here)[0] == 0
    code, out, _ = run("case", "take", sheet, *here, "--json")
    assert (code, {row["state"] for row in json.loads(out)}) == (0, {"blank"})
    answers = tmp_path / "answers.csv"
    cases = json.loads(run("case", "list", *here, "--json")[1])
    case_id = next(case["case_id"] for case in cases if case["status"] == "open")
    answers.write_text(f"案件编号,版本,核查类别\n{case_id},1,农用火\nCASE-X,1,农用火\n", "utf-8")
    code, out, _ = run("case", "take", answers, *here)
    assert code == 4
    assert "accepted" in out
    assert "refused" in out
    assert run("case", "take", answers, "--as", "emperor", *here)[0] == 2
    assert run("case", "take", tmp_path / "nothing.xlsx", *here)[0] == 3
    code, out, _ = run("case", "verify", *here, "--json")
    head = json.loads(out)["head"]
    assert (code, len(head)) == (0, 64)
    assert run("case", "verify", "--expect", head, *here)[0] == 0
    assert run("case", "verify", "--expect", "0" * 64, *here)[0] == 3
    code, out, _ = run("case", "overdue", "--now", "2024-05-02T00:00Z", *here, "--json")
    assert code == 0
    assert {row["due"] for row in json.loads(out)} <= {"answer", "result"}
    assert json.loads(out)


@pytest.mark.slow
def test_explain_names_every_rung_in_both_languages(run, month_copy):
    listed = json.loads(run("event", "list", "--home", month_copy, "--json")[1])
    event_id = listed[0]["event_id"]
    code, zh, _ = run("explain", event_id, "--home", month_copy)
    assert code == 0
    assert "✗" in zh
    assert "待核查" in zh or "疑似违规炼山" in zh
    _, en, _ = run("explain", event_id, "--home", month_copy, "--lang", "en")
    assert "heat source" in en or "ground report" in en or "permit" in en
    document = json.loads(run("explain", event_id, "--home", month_copy, "--json")[1])
    assert {"rule", "outcome", "measured", "threshold"} <= set(document[0]["reasons"][0])


@pytest.mark.slow
def test_planner_and_analyst(run, month_copy):
    code, out, _ = run("siting", "cover", "--minutes", "30", "--home", month_copy, "--json")
    cover = json.loads(out)
    assert code == 0
    assert 0 < cover["share"] < 1
    assert "straight line" in cover["method"]
    code, out, _ = run("siting", "solve", "--add", "2", "--home", month_copy, "--json")
    solved = json.loads(out)
    assert code == 0
    assert len(solved["sites"]) == 2
    assert solved["share_after"] > solved["share_before"]
    assert Path(solved["map"]).exists()
    code, out, _ = run("season", "report", "--year", "2024", "--home", month_copy)
    assert code == 0
    assert "报备炼山88起" in out
    assert "共调度处置火情、热点" in out


def test_simulate_refuses_a_folder_with_something_else_in_it(run, tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    code, _, err = run("simulate", tmp_path)
    assert code == 2
    assert "not empty" in err
    assert (tmp_path / "letter.txt").read_text() == "keep me"


def test_replay_of_something_else_is_3(run, tmp_path):
    assert run("replay", tmp_path)[0] == 3


@pytest.mark.slow
def test_works_are_proposed_and_approved(run, tmp_path):
    with open_workspace(tmp_path, writing=True) as workspace:
        append_hotspots(workspace.home, hotspot_table(observations(40, 24 * 5)))
    now = ("--now", "2024-08-01T00:00Z", "--home", tmp_path)
    code, out, _ = run("source", "propose", *now, "--json")
    assert code == 0
    (output,) = json.loads(out)
    assert "40天40个热点" in run("source", "propose", *now)[1]
    assert "40 dates" in run("source", "propose", *now, "--lang", "en")[1]
    code, out, _ = run("source", "approve", output["proposal_id"], "--name", "砖厂", *now)
    assert (code, out.split(":")[0]) == (0, output["proposal_id"].replace("HP", "HS"))
    assert run("source", "propose", *now)[1].strip() == "没有建议登记的固定热源"
    assert run("source", "approve", output["proposal_id"], "--name", "砖厂", *now)[0] == 2


@pytest.mark.parametrize("text", ["[triage]\nsmoulder = 6", "[nothing]\na = 1", "no toml", ""])
def test_rules_of_a_replay_are_checked(run, tmp_path, text):
    rules = tmp_path / "rules.toml"
    rules.write_text(text, encoding="utf-8")
    assert run("replay", tmp_path, "--rules", rules)[0] == (2 if text else 3)


def test_options_of_a_sweep_need_one(run, tmp_path):
    assert run("replay", tmp_path, "--out", tmp_path / "x.png")[0] == 2
    assert run("replay", tmp_path, "--threshold", "smoulder_h")[0] == 2
    assert run("replay", tmp_path, "--sweep", "--threshold", "no_such")[0] == 2
    assert run("replay", tmp_path, "--sweep", "--threshold", "smoulder_h")[0] == 3


def test_a_base_map_is_unpacked_told_and_taken_away(run, tmp_path):
    tileset = write_mbtiles(tmp_path / "a.mbtiles", home_tiles(range(6, 8)))
    home = ("--home", tmp_path / "home")
    code, out, err = run("basemap", tileset, *home)
    assert code == 0
    assert "tiles, zooms 6 to 7, in " in out
    assert 'set tile_url = "local" in jdzfire.toml, then publish' in err
    code, out, err = run("basemap", tileset, *home, "--datum", "wgs84", "--max-zoom", "6", "--json")
    output = json.loads(out)
    assert (code, output["zooms"], output["datum"]) == (0, {"6": [48, 56, 22, 30]}, "wgs84")
    assert run("basemap", "--remove", *home)[1] == "removed\n"
    assert json.loads(run("basemap", "--remove", *home, "--json")[1]) == {"removed": False}


@pytest.mark.parametrize("words", [[], ["--remove", "x"], ["x", "--datum", "gcj02"]])
def test_a_base_map_needs_one_thing_to_do(run, tmp_path, words):
    assert run("basemap", *words, "--home", tmp_path)[0] == 2


def test_what_is_no_tileset_is_3(run, tmp_path):
    (tmp_path / "x").write_bytes(b"PK")
    assert run("basemap", tmp_path / "x", "--home", tmp_path)[0] == 3
    assert run("basemap", tmp_path / "y", "--home", tmp_path)[0] == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edition", "name", "count"), [("internal", "", 43), ("public", "-public", 40)]
)
def test_the_season_map_is_written(run, tmp_path, monkeypatch, edition, name, count):
    calls = observations(3, 24, instrument="PERSON", satellite="call-12119", feed="ground")
    away = observations(5, 24, lon=121.0)
    with open_workspace(tmp_path, writing=True) as workspace:
        append_hotspots(workspace.home, hotspot_table([*observations(40, 24 * 5), *calls, *away]))
    monkeypatch.chdir(tmp_path)
    words = ("season", "map", "--year", 2024, "--edition", edition, "--home", tmp_path, "--json")
    code, out, _ = run(*words, "--now", "2024-08-01T00:00Z")
    output = json.loads(out)
    assert (code, output["hotspots"]) == (0, count)
    page = tmp_path / f"season-2024{name}.html"
    assert "景德镇市2024年卫星热点图" in page.read_text("utf-8")
    assert page.stat().st_size == output["bytes"]


def test_a_year_to_come_has_no_map(run, tmp_path):
    words = ("season", "map", "--year", 2025, "--home", tmp_path, "--now", "2024-12-31T15:59Z")
    assert run(*words)[0] == 2
    begun = (*words[:-1], "2024-12-31T16:00Z", "--out")
    assert run(*begun, tmp_path / "x.html")[0] == 0
    assert run(*begun, tmp_path)[0] == 2
