"""What every answer of the desk carries, and the first password that must be changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from jdzfire.desk.setup import AT_ONCE

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
)
"""Nothing from elsewhere, no code in pages. The map brings a policy of its own."""

_TURNS = threading.BoundedSemaphore(AT_ONCE)
_MAP_POLICY = "frame-ancestors 'self'; object-src 'none'; base-uri 'none'"
_FREE = ("login", "logout", "password", "language")


class Turn:
    """So many requests at once and no more: the rest wait for their turn.

    More would share the same processors, each with connections of its own to the databases.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in turn. A stream of updates gives its turn back once it has begun."""
        with _TURNS:
            return self._get_response(request)


class SecurityHeaders:
    """Headers of every answer, also of files and refusals."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers."""
        response = self._get_response(request)
        policy = _MAP_POLICY if request.path.startswith("/map/") else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self)")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class FirstPassword:
    """Whoever got a password from somebody else changes it before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Send the user to the change of the password, or go on."""
        user = request.user
        if user.is_authenticated and user.must_change:
            free = {reverse(name) for name in _FREE}
            if request.path not in free and not request.path.startswith("/static/"):
                return redirect("password")
        return self._get_response(request)


def address_of(request: HttpRequest) -> str | None:
    """Address a request came from; behind a proxy the server has put the client's in its place."""
    return str(request.META.get("REMOTE_ADDR") or "") or None
