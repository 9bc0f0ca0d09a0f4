"""Who may do what on every route, log-ins, forgery, headers."""

from __future__ import annotations

import io
import secrets
from datetime import timedelta
from typing import Any

import pytest

from jdzfire.workspace import open_workspace
from tests.desk.conftest import PASSWORD, PEOPLE
from tests.desk.test_cases import case_id, photo

PUBLIC = {"alert", "login", "logout", "language", "health", "colours"}
"""Routes that answer without a log-in."""
STEP_ROLES = {
    "acknowledge": {"township", "county", "city", "admin"},
    "dispatch": {"county", "city", "admin"},
    "arrive": {"township", "county", "city", "admin"},
    "answer": {"township", "county", "city", "admin"},
    "review_county": {"county", "city", "admin"},
    "review_city": {"city", "admin"},
    "send_back": {"county", "city", "admin"},
    "hand_over": {"county", "city", "admin"},
    "close": {"city", "admin"},
    "cancel": {"city", "admin"},
    "reopen": {"city", "admin"},
    "note": {"township", "county", "city", "admin"},
}
FIELDS = {
    "team_id": "T-01",
    "category": "farm_fire",
    "unit": "mu",
    "to": "乐平市",
    "remark": "理由",
}


def own_routes() -> list[Any]:
    from jdzfire.desk.urls import urlpatterns

    return [one for one in urlpatterns if getattr(one, "name", None)]


def path_of(route: Any, one: str) -> str:
    from django.urls import reverse

    given = {"case_id": one, "action": "note", "sha256": "0" * 64, "size": "shown", "token": "none"}
    given["name"] = "index.html"
    names = route.pattern.converters
    return reverse(route.name, kwargs={name: given[name] for name in names})


def put_everybody_where_the_case_is(desk: Any, one: str) -> None:
    from jdzfire.desk.models import Officer

    with open_workspace(desk.home) as workspace:
        event = workspace.ledger.load_case(one)["event_id"]
        verdict = workspace.ledger.load_verdicts([event]).iloc[0]
    people = Officer.objects.filter(role__in=["county", "township"])
    people.update(county=verdict["county"], township=verdict["township"] or "")


def test_every_route_asks_who_it_is(desk: Any) -> None:
    one, nobody = case_id(desk), desk.client()
    seen = set()
    for route in own_routes():
        path = path_of(route, one)
        for method in ("get", "post"):
            answer = getattr(nobody, method)(path)
            if route.name in PUBLIC:
                assert answer.status_code != 403
            else:
                told = (answer.status_code, answer.get("Location", "").split("?")[0])
                assert told in {(302, "/login"), (405, ""), (403, "")}, (route.name, told)
            seen.add(route.name)
    assert seen > PUBLIC
    assert nobody.get("/admin/").status_code == 302
    assert nobody.get("/admin/desk/officer/").status_code == 302


ALL = {"viewer", "township", "county", "city", "admin"}
FIELD = ALL - {"viewer"}
CITY = {"city", "admin"}
ROUTE_ROLES = {
    **dict.fromkeys(("board", "board-list", "stream", "ended", "map", "late", "burns"), ALL),
    **dict.fromkeys(("case", "case-log", "case-photo", "case-photos", "case-step"), ALL),
    **dict.fromkeys(("report", "sheet", "sheet-file", "burn-note"), FIELD),
    **dict.fromkeys(("sources", "source-approve", "registers", "registers-take", "wrong"), CITY),
    **dict.fromkeys(("password",), ALL),
}
"""Who may open a route at all; what a step asks beside it stands in STEP_ROLES."""


@pytest.mark.parametrize("name", list(PEOPLE))
def test_every_route_is_open_to_its_roles_alone(desk: Any, name: str) -> None:
    one, role = case_id(desk), PEOPLE[name][0]
    client = desk.client(name)
    assert {route.name for route in own_routes()} == set(ROUTE_ROLES) | PUBLIC
    for route in own_routes():
        if route.name in PUBLIC or route.name == "stream":  # a stream does not end
            continue
        path = path_of(route, one)
        got = {client.get(path).status_code, client.post(path).status_code}
        if role not in ROUTE_ROLES[route.name]:
            assert got <= {403, 405}, (route.name, role, got)
            assert 403 in got
        elif not route.name.startswith("case"):  # whose it is, and the step, are asked too
            assert 403 not in got, (route.name, role, got)
        assert max(got) < 500, (route.name, role, got)


@pytest.mark.parametrize("name", list(PEOPLE))
def test_every_step_is_taken_by_its_roles_alone(desk: Any, name: str) -> None:
    one, role = case_id(desk), PEOPLE[name][0]
    put_everybody_where_the_case_is(desk, one)
    client = desk.client(name)
    has_town = name != "town" or client.get(f"/cases/{one}").status_code == 200
    for action, roles in STEP_ROLES.items():
        given = {"version": 1, "token": secrets.token_hex(16), **FIELDS}
        status = client.post(f"/cases/{one}/{action}", given).status_code
        if role in roles:
            assert status in (302, 409, 422), (name, action, status)
        else:
            assert status == (403 if has_town else 404), (name, action, status)
    sent = io.BytesIO(photo())
    sent.name = "a.jpg"
    status = client.post(f"/cases/{one}/photos", {"photo": sent}).status_code
    assert (status in (302, 422)) == (role != "viewer" and has_town)


@pytest.mark.parametrize("name", list(PEOPLE))
def test_only_an_admin_sees_users_and_log_ins(desk: Any, name: str) -> None:
    client = desk.client(name)
    wanted = 200 if name == "admin" else 302
    for path in ("/admin/", "/admin/desk/officer/", "/admin/desk/loginrecord/"):
        assert client.get(path).status_code == wanted
    added = client.get("/admin/desk/loginrecord/add/").status_code
    assert added == (403 if name == "admin" else 302)


def test_an_admin_makes_a_user_who_must_choose_a_password(desk: Any) -> None:
    from jdzfire.desk.models import Officer

    admin = desk.client("admin")
    given = {
        "username": "newone", "password1": PASSWORD, "password2": PASSWORD,
        "usable_password": "true", "last_name": "新人", "role": "county",
        "county": "浮梁县", "township": "",
    }  # fmt: skip
    assert admin.post("/admin/desk/officer/add/", given).status_code == 302
    new = desk.client("newone")
    assert new.get("/").headers["Location"] == "/password"
    change = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert new.post("/password", change).status_code == 200  # refused, told
    better = "a quite different phrase"
    change |= {"new_password1": better, "new_password2": better}
    assert new.post("/password", change).status_code == 302
    assert new.get("/").status_code == 200
    assert not Officer.objects.get(username="newone").is_staff


def test_a_password_set_by_an_admin_holds_until_the_first_log_in(desk: Any) -> None:
    from jdzfire.desk.models import Officer

    county = Officer.objects.get(username="county")
    better = "a quite different phrase"
    given = {"password1": better, "password2": better, "usable_password": "true"}
    path = f"/admin/desk/officer/{county.pk}/password/"
    assert desk.client("city").post(path, given).status_code == 302
    assert desk.client("county").get("/").status_code == 200  # nothing was changed
    assert desk.client("admin").post(path, given).status_code == 302
    new = desk.client()
    assert new.post("/login", {"username": "county", "password": better}).status_code == 302
    assert new.get("/").headers["Location"] == "/password"


def test_tries_are_noted_and_too_many_are_refused(desk: Any) -> None:
    from jdzfire.desk.models import TRIES, TRIES_MIN, LoginRecord

    client = desk.client()
    for _ in range(TRIES):
        wrong = client.post("/login", {"username": "city", "password": "wrong"})
        assert wrong.status_code == 401
        assert "用户名或密码不正确" in wrong.content.decode()
    right = client.post("/login", {"username": "city", "password": PASSWORD})
    assert right.status_code == 429
    assert desk.client().post("/login", {"username": "nobody", "password": "x"}).status_code == 401
    LoginRecord.objects.update(at=LoginRecord.objects.first().at - timedelta(minutes=TRIES_MIN + 1))
    assert client.post("/login", {"username": "city", "password": PASSWORD}).status_code == 302
    outcomes = list(LoginRecord.objects.values_list("username", "outcome"))
    assert outcomes.count(("city", "failed")) == TRIES
    assert ("city", "ok") in outcomes
    assert client.post("/logout").status_code == 302
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "asked", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_a_log_in_leads_nowhere_else(desk: Any, asked: str) -> None:
    given = {"username": "city", "password": PASSWORD, "next": asked}
    assert desk.client().post("/login", given).headers["Location"] == "/"


def test_a_forged_request_is_refused(desk: Any) -> None:
    one = case_id(desk)
    client = desk.client("city", enforce_csrf_checks=True)
    given = {"version": 1, "token": secrets.token_hex(16), **FIELDS}
    assert client.post(f"/cases/{one}/answer", given).status_code == 403
    assert client.post("/logout").status_code == 403
    assert client.post("/language").status_code == 403


def test_answers_carry_their_headers_and_cookies_are_closed(desk: Any) -> None:
    client = desk.client()
    client.get("/login")
    answer = client.post("/login", {"username": "city", "password": PASSWORD})
    assert answer.cookies["sessionid"]["httponly"]
    assert answer.cookies["sessionid"]["samesite"] == "Lax"
    for path in ("/", "/login", "/nothing", f"/cases/{case_id(desk)}"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] in (
            "no-store",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
    page = client.get("/").content.decode()
    assert "<script>" not in page
    assert "onclick" not in page
    assert "style=" not in page


def test_a_host_that_is_not_ours_is_refused(desk: Any) -> None:
    assert desk.client().get("/login", headers={"host": "evil.example"}).status_code == 400


def test_passwords_are_kept_by_argon2(desk: Any) -> None:
    from django.contrib.auth.hashers import check_password, make_password
    from django.test.utils import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"]):
        kept = make_password(PASSWORD)
        assert kept.startswith("argon2$argon2id$")
        assert check_password(PASSWORD, kept)


def test_the_key_of_sessions_is_for_its_owner_alone(base_home: Any) -> None:
    assert (base_home / "desk.key").stat().st_mode & 0o077 == 0
