"""Faults that jdzfire raises on purpose, as pages that say what to do."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
        if not isinstance(error, JdzfireError):
            return None
        status = status_of(error)
        return render(
            request, "desk/fault.html", {"status": status, "fault": redact(error)}, status=status
        )
