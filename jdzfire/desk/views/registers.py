"""Registers by the desk: a file is looked at first, and taken when somebody says so."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from jdzfire.board.wording import records
from jdzfire.desk.access import allowed, officer_of
from jdzfire.desk.language import lang_of
from jdzfire.desk.pool import borrow, read_file
from jdzfire.errors import InputError
from jdzfire.feeds.registers import Declared
from jdzfire.pipeline.preview import preview_register, rejected_lines
from jdzfire.pipeline.register import register_files
from jdzfire.redact import redact
from jdzfire.schemas import REGISTER_ZH, REGISTERS
from jdzfire.workspace import open_workspace

_CITY = allowed("city", "admin")
_BYTES = 32 << 20
_KEPT_S = 3600
_SHOWN = 60
_FOLDER = "uploads"
_DATUMS = ("", "cgcs2000", "wgs84", "gcj02", "bd09")


class UploadForm(forms.Form):
    """A register file, or one that was looked at before, with what is declared of it."""

    kind = forms.ChoiceField(choices=[(one, one) for one in REGISTERS])
    datum = forms.ChoiceField(required=False, choices=[(one, one) for one in _DATUMS])
    column = forms.RegexField(r"^[a-z_]{0,40}$", required=False)
    words = forms.CharField(required=False, max_length=80)
    held = forms.CharField(required=False, max_length=2000)

    def declared(self) -> Declared:
        """What the officer declares."""
        given = self.cleaned_data
        assume = {given["column"]: given["words"]} if given["column"] and given["words"] else {}
        return Declared(datum=given["datum"] or None, assume=assume)


@require_http_methods(["GET", "POST"])
@_CITY
def registers(request: HttpRequest) -> HttpResponse:
    """What a file would change: rows, questions, rejected rows. Nothing is kept yet."""
    context = _choices(request)
    if request.method == "GET":
        return render(request, "desk/registers.html", context)
    form = UploadForm(request.POST)
    if not form.is_valid():
        raise InputError("the file was not looked at", found=form.errors.as_text()[:200])
    context["entered"] = form.cleaned_data
    sha256, name = _file_of(request, form)
    context |= {"held": _sign(request, sha256, name), "name": name}
    raw = _path(sha256).read_bytes()
    with borrow() as workspace:
        try:
            preview = preview_register(
                workspace,
                form.cleaned_data["kind"],
                raw,
                source_name=name,
                at=datetime.now(UTC),
                declared=form.declared(),
                read=read_file,
            )
        except InputError as error:
            return render(
                request, "desk/registers.html", context | {"fault": redact(error)}, status=422
            )
    context |= {
        "preview": preview,
        "changes": records(preview.changes.head(_SHOWN)),
        "more": max(0, len(preview.changes) - _SHOWN),
        "rejected": rejected_lines(preview, _SHOWN),
        "rejected_count": len(preview.rejected),
    }
    return render(request, "desk/registers.html", context)


@require_POST
@_CITY
def take(request: HttpRequest) -> HttpResponse:
    """Take a file that was looked at into its register."""
    form = UploadForm(request.POST)
    if not form.is_valid():
        raise InputError("the file was not taken", found=form.errors.as_text()[:200])
    sha256, name = _file_of(request, form)
    path = _path(sha256)
    with open_workspace(settings.JDZFIRE_ROOT, writing=True) as workspace:
        intake = register_files(
            workspace,
            form.cleaned_data["kind"],
            [path],
            at=datetime.now(UTC),
            declared=form.declared(),
            names={path: name},
            read=read_file,
        )
    path.unlink(missing_ok=True)
    return render(request, "desk/registers.html", _choices(request) | {"taken": intake})


def _choices(request: HttpRequest) -> dict[str, Any]:
    zh = lang_of(request) == "zh"
    kinds = [(kind, REGISTER_ZH[kind] if zh else kind) for kind in REGISTERS]
    return {"kinds": kinds, "datums": _DATUMS[1:], "entered": {}}


def _file_of(request: HttpRequest, form: UploadForm) -> tuple[str, str]:
    """sha256 and name of the file that came, or of the one looked at before."""
    file: UploadedFile | None = request.FILES.get("file")
    if file is None and form.cleaned_data["held"]:
        return _unsign(request, form.cleaned_data["held"])
    if file is None or (file.size or 0) > _BYTES:
        raise InputError(
            "no file was sent, or it is too large",
            expected=f"one file of at most {_BYTES >> 20} MiB",
            found="none" if file is None else f"{(file.size or 0) / 2**20:.1f} MiB",
        )
    raw = file.read()
    sha256 = hashlib.sha256(raw).hexdigest()
    folder = _path("").parent
    folder.mkdir(mode=0o700, exist_ok=True)
    _forget_old(folder)
    path = _path(sha256)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        out.write(raw)
    return sha256, str(file.name or "file")[:120]


def _sign(request: HttpRequest, sha256: str, name: str) -> str:
    return signing.dumps([sha256, name, officer_of(request).pk], salt=_FOLDER)


def _unsign(request: HttpRequest, text: str) -> tuple[str, str]:
    try:
        sha256, name, owner = signing.loads(text, salt=_FOLDER, max_age=_KEPT_S)
    except (signing.BadSignature, ValueError):
        sha256, name, owner = "", "", None
    if owner != officer_of(request).pk or not sha256 or not _path(sha256).is_file():
        raise InputError(
            "the file that was looked at is gone",
            expected="to be taken within an hour",
            remedy="send the file again",
        )
    return str(sha256), str(name)


def _path(sha256: str) -> Path:
    return Path(settings.JDZFIRE_ROOT) / _FOLDER / f"{sha256}.part"


def _forget_old(folder: Path) -> None:
    """Files that nobody took within an hour go."""
    for path in folder.glob("*.part"):
        if time.time() - path.stat().st_mtime > _KEPT_S:
            path.unlink(missing_ok=True)
