"""Who may see and do what: every page asks here, on the server."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from jdzfire.cases.steps import ROLES
from jdzfire.desk.models import Officer

View = Callable[..., HttpResponse]


def allowed(*roles: str) -> Callable[[View], View]:
    """A view for these roles only; others who are logged in get 403, the rest the log-in page."""
    if not set(roles) <= set(ROLES):
        raise ValueError(f"no such role in {roles}")

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if officer_of(request).role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded: View = login_required(answer)
        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return wrap


anybody = allowed(*ROLES)
"""A view for everybody who is logged in."""


def officer_of(request: HttpRequest) -> Officer:
    """The user of a request that is logged in."""
    officer: Officer = request.user
    return officer
