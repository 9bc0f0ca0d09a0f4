"""Faults that jdzfire raises on purpose, as pages that say what to do."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jdzfire.board.labels import Lang
from jdzfire.desk.language import lang_of, words_in
from jdzfire.errors import Conflict, InputError, JdzfireError, NotFound, UsageError
from jdzfire.redact import redact

_STATUS: tuple[tuple[type[JdzfireError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (UsageError, 422),
    (InputError, 422),
)


def status_of(error: JdzfireError) -> int:
    """HTTP status of a fault; 503 for what the operator must mend."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), 503)


def plain_fault(lang: Lang) -> HttpResponse:
    """A page that asks the table of users nothing, since it cannot answer."""
    text = words_in(lang)["fault_users"]
    return HttpResponse(
        f"<!doctype html><meta charset=utf-8><title>503</title><p>{text}</p>", status=503
    )


class Faults:
    """Show a fault in place of a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for a fault of jdzfire or a refusal; others are Django's."""
        if isinstance(error, PermissionDenied):
            return render(request, "desk/fault.html", {"status": 403}, status=403)
        if isinstance(error, DatabaseError):
            return plain_fault(lang_of(request))
        if not isinstance(error, JdzfireError):
            return None
        status = status_of(error)
        return render(
            request, "desk/fault.html", {"status": status, "fault": redact(error)}, status=status
        )
