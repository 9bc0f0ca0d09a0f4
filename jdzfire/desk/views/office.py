"""Work beside the cases: reports by telephone, feedback sheets, industrial sites."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jdzfire.board.wording import beijing, records
from jdzfire.desk.access import allowed, officer_of
from jdzfire.desk.language import lang_of
from jdzfire.desk.pool import borrow, read_file
from jdzfire.errors import InputError
from jdzfire.exports.feedback_xlsx import XLSX_TYPE
from jdzfire.feeds.ground import GroundReport
from jdzfire.pipeline.alert import tell_waiting
from jdzfire.pipeline.feedback import take_feedback
from jdzfire.pipeline.ground import take_report
from jdzfire.pipeline.propose import approve_proposal, proposals_of
from jdzfire.pipeline.triage import run_triage
from jdzfire.queries.feedback import feedback_sheet
from jdzfire.schemas import REPORTERS_ZH
from jdzfire.workspace import Workspace, open_workspace

_SHEET_BYTES = 8 << 20
_FIELD = allowed("township", "county", "city", "admin")
_CITY = allowed("city", "admin")


class ReportForm(forms.Form):
    """A report of a person, as a caller tells it."""

    lon = forms.CharField(max_length=40)
    lat = forms.CharField(max_length=40)
    datum = forms.ChoiceField(
        choices=[(one, one) for one in ("gcj02", "wgs84", "cgcs2000", "bd09")]
    )
    source = forms.ChoiceField(choices=[(one, one) for one in REPORTERS_ZH])
    seen = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])
    error_m = forms.FloatField(required=False, min_value=1, max_value=50_000)
    remark = forms.CharField(required=False, max_length=500)

    def clean_seen(self) -> datetime:
        """Now when it is not stated; none of the future, none older than a week."""
        now = timezone.now()
        found: datetime = self.cleaned_data["seen"] or now
        if not now - timedelta(days=7) <= found <= now + timedelta(minutes=5):
            raise forms.ValidationError("时间不在最近7天内 / not within the last 7 days")
        return found


@require_http_methods(["GET", "POST"])
@_FIELD
def report(request: HttpRequest) -> HttpResponse:
    """A hotspot by hand: it is judged at once, and the board has it when it asks for an answer."""
    reporters = [(one, zh if lang_of(request) == "zh" else one) for one, zh in REPORTERS_ZH.items()]
    context: dict[str, Any] = {"reporters": reporters, "entered": {}, "problems": {}}
    if request.method == "GET":
        return render(request, "desk/report.html", context)
    form = ReportForm(request.POST)
    if not form.is_valid():
        context |= {"entered": request.POST, "problems": form.errors}
        return render(request, "desk/report.html", context, status=422)
    with open_workspace(settings.JDZFIRE_ROOT, writing=True) as workspace:
        take_call(workspace, form.cleaned_data, at=datetime.now(UTC))
    return redirect("board")


def take_call(workspace: Workspace, given: Mapping[str, Any], *, at: datetime) -> None:
    """Archive a report of a form that is valid, and judge it.

    Raises
    ------
    InputError
        It lies outside the watched area, or cannot be used.
    """
    told = GroundReport(
        reported_at=given["seen"],
        source=given["source"],
        lon=given["lon"],
        lat=given["lat"],
        datum=given["datum"],
        error_m=given["error_m"],
        remark=given["remark"],
    )
    intake = take_report(workspace, told, at=at)
    if intake.rejected or intake.unusable:
        raise InputError(
            "the report was not taken",
            expected="a place in or near the watched area, in degrees",
            found=f"{given['lon'][:40]}, {given['lat'][:40]}",
            remedy="check longitude, latitude and datum",
        )
    run_triage(workspace, at=at)
    tell_waiting(workspace, at=at)


@require_http_methods(["GET", "POST"])
@_FIELD
def sheet(request: HttpRequest) -> HttpResponse:
    """The feedback sheet: taken back row by row."""
    context: dict[str, Any] = {"rows": None}
    if request.method == "POST":
        file: UploadedFile | None = request.FILES.get("sheet")
        if file is None or (file.size or 0) > _SHEET_BYTES:
            raise InputError(
                "no sheet was sent, or it is too large",
                expected=f"one file of at most {_SHEET_BYTES >> 20} MiB",
                found="none" if file is None else f"{(file.size or 0) / 2**20:.1f} MiB",
            )
        officer = officer_of(request)
        with borrow() as workspace:
            table = take_feedback(
                workspace,
                file.read(),
                source_name=str(file.name or "sheet")[:120],
                who=officer.shown,
                at=datetime.now(UTC),
                role=officer.role,
                holds=officer.holds,
                read=read_file,
            )
        why = "why_zh" if lang_of(request) == "zh" else "why_en"
        context["rows"] = [row | {"why": row[why]} for row in records(table)]
    return render(request, "desk/sheet.html", context)


@require_GET
@_FIELD
def sheet_file(request: HttpRequest) -> HttpResponse:
    """The feedback sheet of the officer's cases, to be filled in."""
    officer, at = officer_of(request), datetime.now(UTC)
    with borrow() as workspace:
        data, _ = feedback_sheet(workspace, at=at, lang=lang_of(request), holds=officer.holds)
    answer = HttpResponse(data, content_type=XLSX_TYPE)
    name = f"feedback-{timezone.localtime():%Y%m%d-%H%M}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_GET
@_CITY
def sources(request: HttpRequest) -> HttpResponse:
    """Places that look like industrial sites, to be looked at and approved."""
    with borrow() as workspace:
        rows = records(proposals_of(workspace, at=datetime.now(UTC)))
    for row in rows:
        row["seen"] = f"{beijing(row['first_seen_at'])} – {beijing(row['last_seen_at'])}"
        row["night_pct"] = round(100 * row["night_share"])
    return render(request, "desk/sources.html", {"rows": rows})


class ApprovalForm(forms.Form):
    """A place that is approved as an industrial site."""

    proposal_id = forms.CharField(max_length=80)
    name = forms.CharField(max_length=120)
    kind = forms.CharField(max_length=40, initial="works")
    days = forms.IntegerField(min_value=1, max_value=730, initial=365)


@require_POST
@_CITY
def approve(request: HttpRequest) -> HttpResponse:
    """Register a proposed place as a fixed heat source, until an end."""
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        raise InputError("the approval was not taken", found=form.errors.as_text()[:200])
    given, at = form.cleaned_data, datetime.now(UTC)
    with open_workspace(settings.JDZFIRE_ROOT, writing=True) as workspace:
        approve_proposal(
            workspace,
            given["proposal_id"],
            name=given["name"],
            kind=given["kind"],
            who=officer_of(request).shown,
            until=at + timedelta(days=given["days"]),
            at=at,
        )
        run_triage(workspace, at=at)
    return redirect("sources")
