"""Burns of the day: advice, lit, dead out."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jdzfire.desk.access import allowed, anybody, officer_of
from jdzfire.desk.language import lang_of
from jdzfire.desk.pool import borrow
from jdzfire.errors import InputError, NotFound
from jdzfire.pipeline.burn import note_burn
from jdzfire.queries.burns import burns_now
from jdzfire.schemas import BURN_ACTION_ZH

_FIELD = allowed("township", "county", "city", "admin")


class BurnForm(forms.Form):
    """A note of a burn."""

    permit_id = forms.CharField(max_length=120)
    action = forms.ChoiceField(choices=[(one, one) for one in BURN_ACTION_ZH])
    people = forms.IntegerField(required=False, min_value=0, max_value=10_000)
    remark = forms.CharField(required=False, max_length=500)
    token = forms.RegexField(r"^[0-9a-f]{32}$")


@require_GET
@anybody
def burns(request: HttpRequest) -> HttpResponse:
    """Burns permitted today and burns that are lit, of the officer's places."""
    officer = officer_of(request)
    with borrow() as workspace:
        rows = burns_now(workspace, at=datetime.now(UTC), lang=lang_of(request))
    mine = [row for row in rows if officer.holds(row["county"], row["township"])]
    for row in mine:
        row["token"] = secrets.token_hex(16)
    context = {"rows": mine, "may": officer.role != "viewer"}
    return render(request, "desk/burns.html", context)


@require_POST
@_FIELD
def note(request: HttpRequest) -> HttpResponse:
    """Note that a burn was lit, is dead out, or is not lit after all."""
    officer, form = officer_of(request), BurnForm(request.POST)
    if not form.is_valid():
        raise InputError("the note of the burn was not taken", found=form.errors.as_text()[:200])
    given, at = form.cleaned_data, datetime.now(UTC)
    with borrow() as workspace:
        rows = burns_now(workspace, at=at, lang="zh")
        mine = [row for row in rows if officer.holds(row["county"], row["township"])]
        if given["permit_id"] not in {row["permit_id"] for row in mine}:
            raise NotFound("no such burn today", found=repr(given["permit_id"][:80]))
        note_burn(
            workspace,
            given["permit_id"],
            given["action"],
            who=officer.shown,
            at=at,
            people=given["people"],
            remark=given["remark"] or None,
            token=given["token"],
        )
    return redirect("burns")
