"""Logging in and out, passwords, the language."""

from __future__ import annotations

import threading
from typing import Any

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jdzfire.desk.language import COOKIE, lang_of
from jdzfire.desk.models import LoginRecord
from jdzfire.desk.security import address_of

_HASHING = threading.BoundedSemaphore(2)  # argon2 takes 100 MiB and every processor
_YEAR_S = 365 * 24 * 3600


class _LoginForm(forms.Form):
    username = forms.CharField(max_length=150, strip=True)
    password = forms.CharField(max_length=1024, strip=False)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page. Each try is noted; too many of one name or address are refused."""
    if request.method == "GET":
        return render(request, "desk/login.html", {"next": request.GET.get("next", "")})
    form = _LoginForm(request.POST)
    context = {"next": request.POST.get("next", ""), "problem": "wrong_login"}
    if not form.is_valid():
        return render(request, "desk/login.html", context, status=422)
    name, address = form.cleaned_data["username"], address_of(request)
    if LoginRecord.too_many(name, address, timezone.now()):
        _note(name, address, "refused")
        context["problem"] = "too_many"
        return render(request, "desk/login.html", context, status=429)
    with _HASHING:
        user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        _note(name, address, "failed")
        return render(request, "desk/login.html", context, status=401)
    login(request, user)
    _note(name, address, "ok")
    return redirect(_next(request))


def _note(name: str, address: str | None, outcome: str) -> None:
    LoginRecord.objects.create(username=name[:150], address=address, outcome=outcome)


def _next(request: HttpRequest) -> str:
    """Where to go on: only within the desk."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if asked and is_ours else "/"


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        _note(request.user.username, address_of(request), "out")
    logout(request)
    return redirect("login")


class ChangePassword(PasswordChangeView):
    """One's own password."""

    template_name = "desk/password.html"
    success_url = reverse_lazy("board")

    def form_valid(self, form: Any) -> Any:
        """Keep it; nobody else knows it now."""
        answer = super().form_valid(form)
        form.user.must_change = False
        form.user.save(update_fields=["must_change"])
        return answer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of this browser."""
    answer = redirect(_next(request))
    other = "en" if lang_of(request) == "zh" else "zh"
    answer.set_cookie(COOKIE, other, max_age=_YEAR_S, httponly=True, samesite="Lax")
    return answer


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """Whether the desk answers; nothing else."""
    del request
    return HttpResponse("ok\n", content_type="text/plain")
