"""The desk for programs: keys, roles, steps and reports, and what schemathesis finds to ask."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from jdzfire.workspace import open_workspace
from tests.desk.conftest import PEOPLE
from tests.desk.test_cases import case_id
from tests.desk.test_security import (
    FIELDS,
    STEP_ROLES,
    put_everybody_where_the_case_is,
)


def key_of(name: str) -> str:
    from jdzfire.desk.models import ApiKey, Officer

    return ApiKey.make(Officer.objects.get(username=name))


def ask(desk: Any, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(desk.client(), method)(f"/api{path}", headers=headers, **more)


def test_nobody_without_a_key(desk: Any) -> None:
    one = case_id(desk)
    asked = (
        ("get", "/cases", None),
        ("get", f"/cases/{one}", None),
        ("post", f"/cases/{one}/note", {"version": 1, "remark": "x"}),
        ("post", "/reports", {"lon": 117.2, "lat": 29.3}),
    )
    for method, path, body in asked:
        for key in ("", "x", key_of("city")[:-1]):
            answer = ask(desk, method, path, body, key=key)
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"] == "Bearer"
    browser = desk.client("city")
    assert browser.get("/api/cases").status_code == 401  # no page may use a browser's session
    assert browser.post(f"/api/cases/{one}/note").status_code == 401


def test_a_key_is_kept_as_its_digest_and_ends_with_its_user(desk: Any) -> None:
    from jdzfire.desk.models import ApiKey, Officer

    key = key_of("city")
    held = ApiKey.objects.get()
    assert key not in (held.digest, str(held.__dict__))
    assert ask(desk, "get", "/cases", key=key).status_code == 200
    assert ApiKey.objects.get().used_at is not None
    Officer.objects.filter(username="city").update(is_active=False)
    assert ask(desk, "get", "/cases", key=key).status_code == 401


@pytest.mark.parametrize("name", list(PEOPLE))
def test_a_key_may_what_its_user_may(desk: Any, name: str) -> None:
    one, role = case_id(desk), PEOPLE[name][0]
    put_everybody_where_the_case_is(desk, one)
    key = key_of(name)
    has = ask(desk, "get", f"/cases/{one}", key=key).status_code == 200
    assert has == (one in [row["case_id"] for row in ask(desk, "get", "/cases", key=key).json()])
    assert has or name == "town"
    for action, roles in STEP_ROLES.items():
        given = {"version": 1, **{k: v for k, v in FIELDS.items() if k != "unit"}}
        status = ask(desk, "post", f"/cases/{one}/{action}", given, key=key).status_code
        if role in roles and has:
            assert status in (200, 409, 422), (name, action, status)
        else:
            assert status == (403 if has else 404), (name, action, status)
    told = ask(desk, "post", "/reports", {"lon": 117.2, "lat": 29.3}, key=key).status_code
    assert told == (403 if role == "viewer" else 200)


def test_a_case_of_another_county_is_not_there(desk: Any) -> None:
    one = case_id(desk)
    put_everybody_where_the_case_is(desk, one)
    from jdzfire.desk.models import Officer

    Officer.objects.filter(username="other").update(county="不在此县")
    assert ask(desk, "get", f"/cases/{one}", key=key_of("other")).status_code == 404
    assert ask(desk, "get", "/cases", key=key_of("other")).json() == []


def test_an_answer_is_taken_once_and_a_conflict_is_told(desk: Any) -> None:
    one, key = case_id(desk), key_of("city")
    given = {
        "version": 1, "token": secrets.token_hex(16), "category": "farm_fire", "affected_ha": 0.5,
        "remark": "=1+1<script>",
    }  # fmt: skip
    first = ask(desk, "post", f"/cases/{one}/answer", given, key=key)
    assert (first.status_code, first.json()["status"]) == (200, "answered")
    again = ask(desk, "post", f"/cases/{one}/answer", given, key=key)
    assert again.json() == first.json()
    late = ask(
        desk, "post", f"/cases/{one}/answer", given | {"token": secrets.token_hex(16)}, key=key
    )
    assert late.status_code == 409
    assert "changed meanwhile" in late.json()["what"]
    detail = ask(desk, "get", f"/cases/{one}", key=key).json()
    assert (detail["version"], detail["affected_forest_ha"]) == (2, 0.5)
    assert [line["action"] for line in detail["log"]] == ["open", "answer"]
    wrong = ask(desk, "post", f"/cases/{one}/answer", given | {"category": "fire"}, key=key)
    assert wrong.status_code == 422


def test_every_route_is_described_and_nothing_else(desk: Any) -> None:
    described = desk.client().get("/api/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/cases",
        "/api/cases/{case_id}",
        "/api/cases/{case_id}/{action}",
        "/api/reports",
    }
    for operations in described["paths"].values():
        for operation in operations.values():
            assert {"401", "403", "404", "409", "422", "503"} <= set(operation["responses"])
            assert operation["security"] == [{"Key": []}]
    assert desk.client().get("/api/docs").status_code == 404


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_schemathesis_finds_no_fault_of_the_server(desk: Any) -> None:
    import schemathesis
    from django.core.wsgi import get_wsgi_application
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    one, app = case_id(desk), get_wsgi_application()
    headers = {"Authorization": f"Bearer {key_of('city')}", "Host": "localhost"}
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app, headers=headers)
    asked: dict[tuple[str, int], int] = {}
    count = 0

    def ask_one(case: Any) -> None:
        nonlocal count
        count += 1
        if "case_id" in case.path_parameters and count % 3:
            case.path_parameters["case_id"] = one  # one that is there
        answer = case.call(headers=headers)
        case.validate_response(
            answer,
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )
        seen = (case.operation.label, answer.status_code)
        asked[seen] = asked.get(seen, 0) + 1

    quiet = settings(
        max_examples=120, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in schemathesis.GenerationMode:
            make = operation.as_strategy(generation_mode=mode)
            quiet(given(case=make)(ask_one))()
    with open_workspace(desk.home) as workspace:
        assert workspace.ledger.check_case_log().is_whole
    assert {status for _, status in asked} >= {200, 404, 422}


def test_a_key_asked_for_first_makes_no_admin_nobody_knows(desk: Any) -> None:
    from jdzfire.desk.models import Officer
    from jdzfire.desk.server import make_key, revoke_keys
    from jdzfire.errors import NotFound

    key = make_key(desk.home, "city")
    assert ask(desk, "get", "/cases", key=key).status_code == 200
    assert revoke_keys(desk.home, "city") == 1
    assert ask(desk, "get", "/cases", key=key).status_code == 401
    Officer.objects.all().delete()
    with pytest.raises(NotFound, match="no such user"):
        make_key(desk.home, "city")
    assert not Officer.objects.exists()
