"""The desk for programs: cases, steps and reports as JSON, described by OpenAPI.

A program has a key of a user (``jdzfire desk-key``) and may do what that user may. Sessions of
browsers are not accepted here, so that no page can use them.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import Field, NinjaAPI, Schema
from ninja.errors import AuthenticationError, ValidationError
from ninja.errors import HttpError as NinjaError
from ninja.security import HttpBearer

from jdzfire import __version__
from jdzfire.desk.faults import status_of
from jdzfire.desk.forms import FORMS, make_form
from jdzfire.desk.language import words_in
from jdzfire.desk.models import ApiKey, Officer
from jdzfire.desk.pool import borrow
from jdzfire.desk.views.case import may_take, see_case, take_step
from jdzfire.desk.views.office import ReportForm, take_call
from jdzfire.errors import JdzfireError
from jdzfire.queries.desk import BoardRow, board_rows, case_view, steps_of
from jdzfire.redact import redact
from jdzfire.schemas import REPORTERS_ZH
from jdzfire.workspace import open_workspace


class Fault(Schema):
    """Why a request was not done. Nothing was changed."""

    what: str
    expected: str = ""
    found: str = ""
    remedy: str = ""


class CaseOut(Schema):
    """A case as the board shows it. Texts are from outside: escape them."""

    case_id: str
    event_id: str
    status: str
    place: str
    county: str | None
    township: str | None
    verdict: str
    priority: int
    level: int = Field(description="1 to 3, the most urgent first")
    team: str | None
    due: str = Field(description="answer or result: what is awaited")
    due_min: int | None = Field(description="minutes until it is due; below 0 it is late")
    escalation: int
    lon: float
    lat: float


class Line(Schema):
    """A line of the log of a case."""

    at: str | None = Field(description="Beijing time")
    who: str
    action: str
    remark: str | None


class CaseDetail(Schema):
    """A case with its log and the steps that may be taken."""

    case_id: str
    event_id: str
    version: int
    status: str
    category: str | None
    affected_forest_ha: float | None
    burned_ha: float | None
    verdict: str
    reasons: list[str]
    lon: float
    lat: float
    steps: list[str]
    log: list[Line]


class StepIn(Schema):
    """A step on a case."""

    version: int = Field(ge=1, le=2**31, description="version of the case that was seen")
    token: str | None = Field(
        None, pattern="^[0-9a-f]{32}$", description="the same when it is sent again"
    )
    remark: str = Field("", max_length=2000)
    team_id: str = Field("", max_length=80, description="of dispatch")
    to: str = Field("", max_length=80, description="of hand_over")
    category: str = Field("", max_length=40, description="of answer")
    affected_ha: float | None = Field(None, ge=0, le=1e6)
    burned_ha: float | None = Field(None, ge=0, le=1e6)
    cause: str = Field("", max_length=40)
    people: int | None = Field(None, ge=0, le=100_000)
    dead: int | None = Field(None, ge=0, le=100_000)
    injured: int | None = Field(None, ge=0, le=100_000)
    out_at: str = Field("", max_length=40, description="Beijing time, 2024-04-04T12:00")


StepName = Enum("StepName", {name: name for name in FORMS})  # type: ignore[misc]
"""Steps that people take."""


class CaseAfter(Schema):
    """A case after a step."""

    case_id: str
    version: int
    status: str


class ReportIn(Schema):
    """A report of a person, as a caller tells it."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    datum: str = Field("gcj02", max_length=10)
    source: str = Field(
        "call-12119", max_length=40, description=f"who told it: {', '.join(REPORTERS_ZH)}"
    )
    seen: str = Field("", max_length=40, description="Beijing time, 2024-04-04T12:00; empty: now")
    error_m: float | None = Field(None, ge=1, le=50_000)
    remark: str = Field("", max_length=500)


class ReportTaken(Schema):
    """A report that was archived and judged."""

    taken: bool


class Key(HttpBearer):
    """The key of a user."""

    def authenticate(self, request: HttpRequest, token: str) -> Officer | None:
        """The user of a key; None of an unknown one."""
        officer = ApiKey.officer_of(token)
        if officer is not None:
            request.user = officer
        return officer


_FAULTS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 503), Fault)

api = NinjaAPI(
    title="jdzfire desk",
    version=__version__,
    description=__doc__ or "",
    auth=Key(),
    docs_url=None,
    urls_namespace="api",
)


@api.get("/cases", response={200: list[CaseOut], **_FAULTS})
def list_cases(request: HttpRequest) -> list[dict[str, Any]]:
    """Cases of the user that have not ended, as on the board."""
    with borrow() as workspace:
        rows = board_rows(workspace, at=datetime.now(UTC), lang="zh")
    return [_case_out(row) for row in rows if _officer(request).holds(row.county, row.township)]


def _case_out(row: BoardRow) -> dict[str, Any]:
    return asdict(row)


@api.get("/cases/{case_id}", response={200: CaseDetail, **_FAULTS})
def show_case(request: HttpRequest, case_id: str) -> dict[str, Any]:
    """A case, its verdict with reasons, its log."""
    officer = _officer(request)
    with borrow() as workspace:
        see_case(workspace, case_id, officer)
        view = case_view(workspace, case_id, at=datetime.now(UTC), lang="zh")
    return {
        **view.case,
        "verdict": view.verdict_name,
        "reasons": [reason["text"] for reason in view.reasons],
        "lon": view.lon,
        "lat": view.lat,
        "steps": [one for one in steps_of(view.case, officer.role) if one in FORMS],
        "log": view.log,
    }


@api.post("/cases/{case_id}/{action}", response={200: CaseAfter, **_FAULTS})
def take(request: HttpRequest, case_id: str, action: StepName, step: StepIn) -> dict[str, Any]:
    """Take a step; 409 when somebody else changed the case since the version given."""
    officer = _officer(request)
    given = step.dict()
    areas = {"affected": given.pop("affected_ha"), "burned": given.pop("burned_ha"), "unit": "ha"}
    given["token"] = given["token"] or secrets.token_hex(16)
    form = make_form(action.value, {**given, **areas}, "en")
    with borrow() as workspace:
        see_case(workspace, case_id, officer)
        may_take(officer, action.value)
        if not form.is_valid():
            raise NinjaError(422, f"the step was not taken: {form.errors.as_text()[:500]}")
        return take_step(workspace, officer, case_id, action.value, form)


@api.post("/reports", response={200: ReportTaken, **_FAULTS})
def report(request: HttpRequest, told: ReportIn) -> dict[str, bool]:
    """A hotspot seen by a person (12119): it is judged at once."""
    if _officer(request).role == "viewer":
        raise PermissionDenied
    form = ReportForm({**told.dict(), "lon": str(told.lon), "lat": str(told.lat)})
    if not form.is_valid():
        raise NinjaError(422, f"the report was not taken: {form.errors.as_text()[:500]}")
    with open_workspace(settings.JDZFIRE_ROOT, writing=True) as workspace:
        take_call(workspace, form.cleaned_data, at=datetime.now(UTC))
    return {"taken": True}


def _officer(request: HttpRequest) -> Officer:
    officer: Officer = request.user
    return officer


@api.exception_handler(JdzfireError)
def _told(request: HttpRequest, error: JdzfireError) -> HttpResponse:
    body = {name: redact(getattr(error, name)) for name in ("what", "expected", "found", "remedy")}
    return api.create_response(request, body, status=status_of(error))


@api.exception_handler(PermissionDenied)
def _refused(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    del error
    return api.create_response(request, {"what": "the user may not do this"}, status=403)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    del error
    remedy = "Authorization: Bearer KEY, with a key of jdzfire desk-key"
    body = {"what": "no key, or one that is not known", "remedy": remedy}
    answer = api.create_response(request, body, status=401)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(NinjaError)
def _not_done(request: HttpRequest, error: NinjaError) -> HttpResponse:
    return api.create_response(request, {"what": str(error)}, status=error.status_code)


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = "; ".join(f"{'.'.join(map(str, one['loc'][2:]))}: {one['msg']}" for one in error.errors)
    return api.create_response(request, {"what": f"not valid: {wrong[:1000]}"}, status=422)


@api.exception_handler(DatabaseError)
def _no_users(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    del error
    return api.create_response(request, {"what": words_in("en")["fault_users"]}, status=503)
