"""Cases on the desk: seen, stepped on, answered twice, and in conflict."""

from __future__ import annotations

import io
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jdzfire.workspace import open_workspace


def case_id(desk: Any) -> str:
    """The first case that waits for an answer."""
    with open_workspace(desk.home) as workspace:
        cases = workspace.ledger.load_open_cases()
        return str(cases.loc[cases["status"] == "open", "case_id"].iloc[0])


def held(desk: Any, one: str) -> dict[str, Any]:
    with open_workspace(desk.home) as workspace:
        assert workspace.ledger.check_case_log().is_whole
        return workspace.ledger.load_case(one)


def take(client: Any, one: str, action: str, version: int, **fields: Any) -> Any:
    given = {"version": version, "token": secrets.token_hex(16), "remark": "", **fields}
    return client.post(f"/cases/{one}/{action}", given)


def photo(size: tuple[int, int] = (64, 48)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (180, 60, 30)).save(target, "JPEG")
    return target.getvalue()


def test_the_board_lists_what_has_not_ended(desk: Any) -> None:
    page = desk.client("city").get("/")
    assert page.status_code == 200
    assert case_id(desk) in page.content.decode()
    assert "待核查" in page.content.decode()
    assert desk.client("city").get("/ended").status_code == 200


def test_a_case_goes_its_way_through_township_county_and_city(desk: Any) -> None:
    one = case_id(desk)
    town, county, city = (desk.client(name) for name in ("city", "city", "city"))
    assert take(county, one, "dispatch", 1, team_id="T-01").status_code == 302
    assert take(town, one, "arrive", 2).status_code == 302
    answer = {
        "category": "forest_fire", "affected": "30", "burned": "45", "unit": "mu",
        "cause": "straw", "people": "12", "dead": "0", "injured": "1",
        "out_at": "2024-04-04T17:50", "remark": "已扑灭 <script>alert(1)</script>",
    }  # fmt: skip
    assert take(town, one, "answer", 3, **answer).status_code == 302
    case = held(desk, one)
    assert (case["category"], case["affected_forest_ha"], case["burned_ha"]) == (
        "forest_fire", 2.0, 3.0,
    )  # fmt: skip
    assert case["out_at"].isoformat() == "2024-04-04T09:50:00+00:00"
    page = city.get(f"/cases/{one}").content.decode()
    assert "较大森林火灾" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "city&lt;b&gt;" in page
    assert take(city, one, "close", 4).status_code == 422  # not reviewed
    assert take(county, one, "review_county", 4).status_code == 302
    assert take(city, one, "review_city", 5).status_code == 302
    assert take(city, one, "close", 6).status_code == 302
    assert held(desk, one)["status"] == "closed"
    board = city.get("/board/list").content.decode()
    assert one not in board
    assert f'data-ended="{case["event_id"]}"' in board
    assert take(city, one, "reopen", 7).status_code == 302
    assert held(desk, one)["status"] == "open"


def test_two_officers_never_overwrite_each_other(desk: Any) -> None:
    one, city = case_id(desk), desk.client("city")
    assert take(city, one, "answer", 1, category="farm_fire", unit="mu").status_code == 302
    late = take(city, one, "answer", 1, category="forest_fire", unit="mu", remark="山脊明火")
    page = late.content.decode()
    assert late.status_code == 409
    assert held(desk, one)["category"] == "farm_fire"
    assert "案件刚被别人改过" in page
    assert "山脊明火" in page
    assert "农用火" in page
    assert 'name="version" value="2"' in page  # who still wants it sends it again, knowing
    assert take(city, one, "answer", 2, category="forest_fire", unit="mu").status_code == 302


def test_what_is_sent_twice_over_a_bad_line_is_taken_once(desk: Any) -> None:
    one, city = case_id(desk), desk.client("city")
    given = {"version": 1, "token": "a" * 32, "category": "farm_fire", "unit": "mu", "remark": ""}
    first = city.post(f"/cases/{one}/answer", given, headers={"accept": "application/json"})
    again = city.post(f"/cases/{one}/answer", given, headers={"accept": "application/json"})
    assert first.json() == again.json() == {"taken": True, "next": f"/cases/{one}"}
    assert held(desk, one)["version"] == 2


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("answer", {"category": "martians", "unit": "mu"}),
        ("answer", {"category": "farm_fire", "unit": "mu", "affected": "-1"}),
        ("answer", {"category": "farm_fire", "unit": "mu", "affected": "1e999"}),
        ("answer", {"category": "farm_fire", "unit": "mu", "out_at": "2999-01-01T00:00"}),
        ("answer", {"category": "farm_fire", "unit": "mu", "people": "1.5"}),
        ("send_back", {"remark": ""}),
        ("answer", {"category": "farm_fire", "unit": "mu", "remark": "x" * 2001}),
        ("answer", {"category": "farm_fire", "unit": "mu", "token": "'; DROP TABLE cases; --"}),
        ("answer", {"category": "farm_fire", "unit": "mu", "version": "0"}),
    ],
)
def test_a_form_that_cannot_be_taken_says_so_and_changes_nothing(
    desk: Any, action: str, fields: dict[str, str]
) -> None:
    one, city = case_id(desk), desk.client("city")
    answer = take(city, one, action, int(fields.pop("version", "1")), **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert held(desk, one)["version"] == 1


def test_unknown_teams_cases_and_steps_are_not_found(desk: Any) -> None:
    one, city = case_id(desk), desk.client("city")
    assert take(city, one, "dispatch", 1, team_id="X-99").status_code == 404
    assert take(city, "CASE-19990101-001", "arrive", 1).status_code == 404
    assert take(city, one, "merge", 1).status_code == 404
    assert city.get("/cases/..%2f..%2fetc").status_code == 404
    assert held(desk, one)["version"] == 1


def test_a_county_sees_and_answers_its_own(desk: Any) -> None:
    from jdzfire.desk.models import Officer

    one = case_id(desk)
    with open_workspace(desk.home) as workspace:
        verdict = workspace.ledger.load_verdicts([held(desk, one)["event_id"]]).iloc[0]
    Officer.objects.filter(username="county").update(county=verdict["county"])
    assert verdict["county"] not in ("", "乐平市")
    mine, others = desk.client("county"), desk.client("other")
    assert mine.get(f"/cases/{one}").status_code == 200
    assert one in mine.get("/").content.decode()
    for client in (others, desk.client("town")):
        assert client.get(f"/cases/{one}").status_code == 404
        assert one not in client.get("/").content.decode()
        assert take(client, one, "arrive", 1).status_code == 404
    assert take(mine, one, "hand_over", 1, to="乐平市").status_code == 302
    assert others.get(f"/cases/{one}").status_code == 200  # it holds the case now
    assert mine.get(f"/cases/{one}").status_code == 404


def test_photos_are_kept_shown_anew_and_given_to_be_saved(desk: Any) -> None:
    one, city = case_id(desk), desk.client("city")
    raw = photo()
    sent = io.BytesIO(raw)
    sent.name = "<img src=x onerror=alert(1)>.jpg"
    assert city.post(f"/cases/{one}/photos", {"photo": sent}).status_code == 302
    page = city.get(f"/cases/{one}").content.decode()
    assert "<img src=x" not in page
    with open_workspace(desk.home) as workspace:
        kept = workspace.ledger.load_attachments([one])
        assert workspace.ledger.load_case_log(one)["action"].tolist()[-1] == "attach"
    sha256 = kept["sha256"].iloc[0]
    shown = city.get(f"/cases/{one}/photos/{sha256}/shown")
    assert shown["Content-Type"] == "image/jpeg"
    original = city.get(f"/cases/{one}/photos/{sha256}/original")
    assert original.content == raw
    assert original["Content-Disposition"].startswith("attachment")
    assert original["Content-Type"] == "application/octet-stream"
    assert city.get(f"/cases/{one}/photos/{'0' * 64}/shown").status_code == 404
    sent = io.BytesIO(raw)
    sent.name = "again.jpg"
    assert city.post(f"/cases/{one}/photos", {"photo": sent}).status_code == 302
    with open_workspace(desk.home) as workspace:
        assert len(workspace.ledger.load_attachments([one])) == 1  # the same photo is one


@pytest.mark.parametrize(
    "raw",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"PK\x03\x04" + b"\0" * 200,
        b"",
        photo()[:200],
    ],
)
def test_what_is_no_photo_is_refused_and_not_kept(desk: Any, raw: bytes) -> None:
    one, city = case_id(desk), desk.client("city")
    sent = io.BytesIO(raw)
    sent.name = "photo.jpg"
    assert city.post(f"/cases/{one}/photos", {"photo": sent}).status_code == 422
    with open_workspace(desk.home) as workspace:
        assert workspace.ledger.load_attachments([one]).empty


def test_the_map_is_served_and_nothing_beside_it(desk: Any) -> None:
    city = desk.client("city")
    assert city.get("/map/index.html").status_code == 200
    for path in ("../public/index.html", "../../ledger.sqlite", "..%2f..%2fdesk.key", ".lock"):
        assert city.get(f"/map/{path}").status_code == 404


def test_a_lost_photo_is_noticed_and_a_backup_has_photos_and_users(
    desk: Any, tmp_path: Path
) -> None:
    from jdzfire.pipeline.examine import examine_workspace
    from jdzfire.store.backup import load_backup, save_backup
    from jdzfire.store.home import open_home
    from jdzfire.store.raw import raw_path

    one, city = case_id(desk), desk.client("city")
    sent = io.BytesIO(photo())
    sent.name = "a.jpg"
    assert city.post(f"/cases/{one}/photos", {"photo": sent}).status_code == 302
    home = open_home(desk.home)
    at = datetime.now(UTC)
    save_backup(home, tmp_path / "backup", at=at)
    with open_workspace(desk.home) as workspace:
        kept = workspace.ledger.load_attachments([one]).iloc[0]
    held_files = set(load_backup(tmp_path / "backup").files.values())
    assert {kept["sha256"], kept["shown"]} <= held_files
    raw_path(home, kept["shown"]).unlink()
    found = {one.what: one for one in examine_workspace(desk.home, at=at)}
    assert found["raw files"].is_damage
