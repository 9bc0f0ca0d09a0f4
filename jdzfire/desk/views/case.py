"""A case: its page, the steps on it, its photos."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jdzfire.board import labels
from jdzfire.cases.steps import STEPS, UNCHANGING, check_role
from jdzfire.desk.access import anybody, officer_of
from jdzfire.desk.forms import FORMS, StepForm, make_form
from jdzfire.desk.language import lang_of
from jdzfire.desk.models import Officer
from jdzfire.desk.pool import borrow, read_file
from jdzfire.errors import Conflict, InputError, NotFound, UsageError
from jdzfire.feeds.photos import PHOTO_BYTES
from jdzfire.queries.desk import CaseView, case_place, case_view, steps_of
from jdzfire.schemas import CATEGORY_ZH, CAUSE_ZH
from jdzfire.store.ledger_inputs import DONE
from jdzfire.store.raw import keep_raw, load_raw
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace

_MOST_PHOTOS = 40
_ORDER = tuple(FORMS)


@require_GET
@anybody
def show(request: HttpRequest, case_id: str) -> HttpResponse:
    """The page of a case."""
    officer = officer_of(request)
    with borrow() as workspace:
        see_case(workspace, case_id, officer)
        context = _context(request, workspace, case_id)
    return render(request, "desk/case.html", context)


@require_GET
@anybody
def timeline(request: HttpRequest, case_id: str) -> HttpResponse:
    """What changes on the page of a case while it is open: state, log, photos."""
    with borrow() as workspace:
        see_case(workspace, case_id, officer_of(request))
        context = _context(request, workspace, case_id) | {"is_update": True}
    return render(request, "desk/case_live.html", context)


@require_POST
@anybody
def take(request: HttpRequest, case_id: str, action: str) -> HttpResponse:
    """Take a step on a case."""
    if action not in FORMS:
        raise Http404
    officer = officer_of(request)
    form = make_form(action, request.POST, lang_of(request))
    with borrow() as workspace:
        see_case(workspace, case_id, officer)
        may_take(officer, action)
        if not form.is_valid():
            return _refused(request, workspace, case_id, action, form)
        try:
            take_step(workspace, officer, case_id, action, form)
        except Conflict:
            return _conflict(request, workspace, case_id, action, form)
    if _wants_json(request):
        return JsonResponse({"taken": True, "next": f"/cases/{case_id}"})
    # who hands a case over may see it no more
    return redirect("board") if action == "hand_over" else redirect("case", case_id)


@require_POST
@anybody
def attach(request: HttpRequest, case_id: str) -> HttpResponse:
    """Add photos to a case."""
    officer = officer_of(request)
    now = datetime.now(UTC)
    files: list[UploadedFile] = request.FILES.getlist("photo")
    with borrow() as workspace:
        see_case(workspace, case_id, officer)
        may_take(officer, "attach")
        held = len(workspace.ledger.load_attachments([case_id]))
        if not files or held + len(files) > _MOST_PHOTOS:
            raise UsageError(
                "no photo was sent" if not files else "too many photos",
                expected=f"1 to {_MOST_PHOTOS} photos of a case",
                found=str(held + len(files)),
            )
        for file in files:
            _attach(workspace, case_id, file, officer.shown, now)
    if _wants_json(request):
        return JsonResponse({"taken": True, "next": f"/cases/{case_id}"})
    return redirect("case", case_id)


def _attach(workspace: Workspace, case_id: str, file: UploadedFile, who: str, at: datetime) -> None:
    name = str(file.name or "photo")[:120]
    if (file.size or 0) > PHOTO_BYTES:
        raise InputError(f"{name} is too large", expected=f"at most {PHOTO_BYTES >> 20} MiB")
    raw = file.read()
    photo = read_file("read_photo", raw, source_name=name)
    row = {
        "sha256": keep_raw(workspace.home, raw),
        "case_id": case_id,
        "name": name,
        "shown": keep_raw(workspace.home, photo.shown),
        "kind": photo.kind,
        "size": len(raw),
        "lon": photo.lon,
        "lat": photo.lat,
        "taken_at": photo.taken_at,
        "who": who,
        "at": at,
    }
    for kind, sha256 in (("photo", row["sha256"]), ("photo-shown", row["shown"])):
        workspace.ledger.record_input(sha256, kind, name, at, 1, 0, DONE)  # doctor looks after it
    workspace.ledger.attach(row)


@require_GET
@anybody
def photo(request: HttpRequest, case_id: str, sha256: str, size: str) -> HttpResponse:
    """A photo: ``shown`` is drawn anew from its pixels, ``original`` is given to be saved."""
    with borrow() as workspace:
        see_case(workspace, case_id, officer_of(request))
        held = workspace.ledger.load_attachments([case_id])
        mine = held[held["sha256"] == sha256]
        if mine.empty or size not in ("shown", "original"):
            raise Http404
        if size == "original":
            raw = load_raw(workspace.home, sha256)
            answer = HttpResponse(raw, content_type="application/octet-stream")
            answer["Content-Disposition"] = f'attachment; filename="{sha256[:12]}.{_end(mine)}"'
            return answer
        shown = load_raw(workspace.home, str(mine["shown"].iloc[0]))
    answer = HttpResponse(shown, content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _end(mine: Any) -> str:
    return str(mine["kind"].iloc[0]).rsplit("/", 1)[-1].replace("jpeg", "jpg")


def see_case(workspace: Workspace, case_id: str, officer: Officer) -> None:
    """Refuse a case that is not the officer's as if it were not there."""
    _, county, township = case_place(workspace, case_id)
    if not officer.holds(county, township):
        raise NotFound("no such case", found=repr(case_id[:80]))


def may_take(officer: Officer, action: str) -> None:
    """Refuse a step that the officer's role may not take."""
    try:
        check_role(officer.role, action)
    except UsageError as error:
        raise PermissionDenied from error


def take_step(
    workspace: Workspace, officer: Officer, case_id: str, action: str, form: StepForm
) -> dict[str, Any]:
    """Take the step of a form that is valid; the case after it. Raises as ``change_case``."""
    at = _step_time(workspace, case_id)
    step = form.step(who=officer.shown, at=at, rules=workspace.settings.cases)
    _check_team(workspace, form)
    given = form.cleaned_data
    seen = None if action in UNCHANGING else given["version"]
    return workspace.ledger.change_case(case_id, step, seen=seen, token=given["token"])


def _step_time(workspace: Workspace, case_id: str) -> datetime:
    """Now, but never before the last step of the case: the clock may have been set back."""
    now, last = datetime.now(UTC), workspace.ledger.last_step_at(case_id)
    return now if last is None else max(now, last)


def _check_team(workspace: Workspace, form: StepForm) -> None:
    team_id = form.cleaned_data.get("team_id")
    if team_id and team_id not in set(load_register(workspace.home, "teams")["team_id"]):
        raise NotFound("no such team", found=repr(team_id), remedy="choose one from the list")


def _context(request: HttpRequest, workspace: Workspace, case_id: str) -> dict[str, Any]:
    lang = lang_of(request)
    view = case_view(workspace, case_id, at=datetime.now(UTC), lang=lang)
    officer = officer_of(request)
    possible = steps_of(view.case, officer.role)
    teams = load_register(workspace.home, "teams")
    return {
        "view": view,
        "case": view.case,
        "status": labels.case_status(view.case["status"], lang),
        "category": _category(view, lang),
        "possible": [name for name in _ORDER if name in possible],
        "may_attach": "attach" in possible,
        "token": secrets.token_hex(16),
        "categories": [(one, labels.category(one, lang)) for one in workspace.settings.categories],
        "causes": [(one, labels.cause(one, lang)) for one in CAUSE_ZH],
        "all_teams": sorted(
            zip(teams["team_id"].astype(str), teams["name"].astype(str), strict=True)
        ),
        "counties": _counties(workspace),
        "has_map": (workspace.home.root / "published" / "internal" / "index.html").is_file(),
    }


def _category(view: CaseView, lang: labels.Lang) -> str | None:
    return None if view.case["category"] is None else labels.category(view.case["category"], lang)


def _counties(workspace: Workspace) -> list[str]:
    admin = load_register(workspace.home, "admin")
    return sorted(set(admin.loc[admin["level"] == "county", "name"].astype(str)))


def _refused(
    request: HttpRequest, workspace: Workspace, case_id: str, action: str, form: StepForm
) -> HttpResponse:
    """The page again with what is wrong; what was entered stays."""
    problems = {name: [str(one) for one in found] for name, found in form.errors.items()}
    if _wants_json(request):
        return JsonResponse({"taken": False, "problems": problems}, status=422)
    context = _context(request, workspace, case_id)
    context |= {"problems": problems, "open_form": action, "entered": request.POST}
    return render(request, "desk/case.html", context, status=422)


def _conflict(
    request: HttpRequest, workspace: Workspace, case_id: str, action: str, form: StepForm
) -> HttpResponse:
    """What the officer entered beside the case as it is now; nothing was changed."""
    if _wants_json(request):
        version = workspace.ledger.load_case(case_id)["version"]
        return JsonResponse({"taken": False, "conflict": True, "version": version}, status=409)
    context = _context(request, workspace, case_id)
    hidden = ("csrfmiddlewaretoken", "version", "token")
    entered = [
        (name, value, _in_words(name, value, lang_of(request)))
        for name, value in request.POST.items()
        if name not in hidden and value
    ]
    still = action in context["possible"] and action in STEPS
    context |= {"action": action, "entered": entered, "is_possible": still}
    return render(request, "desk/conflict.html", context, status=409)


def _in_words(name: str, value: str, lang: labels.Lang) -> str:
    """What was entered, a choice in the word it had on the page."""
    if name == "category" and value in CATEGORY_ZH:
        return labels.category(value, lang)
    if name == "cause" and value in CAUSE_ZH:
        return labels.cause(value, lang)
    return value


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
