"""The board, its live updates, and the map beside it."""

from __future__ import annotations

import asyncio
import mimetypes
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_safe

from jdzfire.board.labels import Lang
from jdzfire.desk.access import anybody, officer_of
from jdzfire.desk.language import lang_of, words_in
from jdzfire.desk.models import Officer
from jdzfire.desk.pool import borrow
from jdzfire.maps.folium_page import read_template
from jdzfire.queries.desk import BoardRow, board_rows, ended_events, ended_rows
from jdzfire.workspace import Workspace

LOOK_S = 1.0
"""How often a stream looks whether something changed [s]."""
_BEAT_S = 15.0
_STREAM_S = 600.0  # then the browser asks again, and its session is looked at again
_ENDED_SHOWN = 200

_CLOCK_MIN = 5
"""A clock that far behind what was noted is told of [min]."""

_GONE_H = 48.0  # a map that old is not shown as one of today


@dataclass(frozen=True)
class _Shown:
    """The board of one minute and state of the ledger, in one language."""

    mark: str
    rows: list[BoardRow]
    gone: str
    """Events whose case ended of late: a map may still show them."""
    failing: list[tuple[str, int]]
    """Alert channels that do not take their alerts, and how many wait there."""
    behind_min: int
    """Minutes by which the clock is behind the last step that was taken; 0 when it is not."""


_shown: dict[str, _Shown] = {}
_drawing = threading.Lock()


@require_GET
@anybody
def board(request: HttpRequest) -> HttpResponse:
    """The board with the map beside it."""
    context = _board(request)
    context["has_map"] = (_published() / "index.html").is_file()
    return render(request, "desk/board.html", context)


@require_GET
@anybody
def board_list(request: HttpRequest) -> HttpResponse:
    """The list of the board alone, for a page that is open already."""
    return render(request, "desk/board_list.html", _board(request))


def _board(request: HttpRequest) -> dict[str, Any]:
    lang = lang_of(request)
    shown = _all_rows(lang)
    rows = _mine(officer_of(request), shown.rows)
    return {
        "rows": [_row_html(row, lang) for row in rows],
        "open_count": len(rows),
        "gone": shown.gone,
        "failing": shown.failing,
        "behind_min": shown.behind_min,
        "waiting": sum(row.is_waiting for row in rows),
        "late": sum(row.due_min is not None and row.due_min < 0 for row in rows),
    }


@lru_cache(maxsize=4096)
def _row_html(row: BoardRow, lang: Lang) -> SafeString:
    """A row as it stands on the page; only rows that changed are written anew."""
    return render_to_string("desk/board_row.html", {"row": row, "w": words_in(lang)})


def _all_rows(lang: Lang) -> _Shown:
    """The rows of this minute and state of the ledger; officers who look at once share them."""
    at = datetime.now(UTC)
    with borrow() as workspace:
        mark = f"{workspace.ledger.change_mark()} {at:%Y%m%d%H%M}"
        with _drawing:  # one draws, the others wait for it
            held = _shown.get(lang)
            if held is None or held.mark != mark:
                gone = " ".join(ended_events(workspace, since=at - timedelta(hours=_GONE_H)))
                rows = board_rows(workspace, at=at, lang=lang)
                failing = workspace.ledger.failing_channels()
                held = _Shown(mark, rows, gone, failing, _behind_min(workspace, at))
                _shown[lang] = held
    return held


def _behind_min(workspace: Workspace, at: datetime) -> int:
    last = workspace.ledger.last_step_at()
    late_min = 0 if last is None else int((last - at).total_seconds() / 60)
    return late_min if late_min >= _CLOCK_MIN else 0


def forget() -> None:
    """Forget what was shown: another working folder is served."""
    _shown.clear()
    _seen.update(at=0.0, mark="")


def _mine(officer: Officer, rows: list[BoardRow]) -> list[BoardRow]:
    return [row for row in rows if officer.holds(row.county, row.township)]


@require_GET
@anybody
def ended(request: HttpRequest) -> HttpResponse:
    """Cases that have ended, the last one first."""
    officer = officer_of(request)
    with borrow() as workspace:
        rows = ended_rows(workspace, lang=lang_of(request))
    mine = [row for row in rows if officer.holds(row["county"], row["township"])]
    return render(request, "desk/ended.html", {"rows": mine[:_ENDED_SHOWN], "total": len(mine)})


async def stream(request: HttpRequest) -> HttpResponse:
    """Server-sent events: ``board`` whenever a case or a verdict changed."""
    user = await request.auser()
    if not user.is_authenticated:
        raise PermissionDenied
    await sync_to_async(connections.close_all)()  # a stream lasts for hours and asks nothing more
    answer = StreamingHttpResponse(_changes(), content_type="text/event-stream")
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _changes() -> AsyncIterator[str]:
    known, quiet_s, end = "", 0.0, time.monotonic() + _STREAM_S
    while time.monotonic() < end:
        mark = await sync_to_async(_mark, thread_sensitive=False)()
        if mark != known:
            yield f"event: board\ndata: {mark}\n\n"
            known, quiet_s = mark, 0.0
        elif quiet_s >= _BEAT_S:
            yield ": here\n\n"
            quiet_s = 0.0
        await asyncio.sleep(LOOK_S)
        quiet_s += LOOK_S


_seen: dict[str, Any] = {"at": 0.0, "mark": ""}


def _mark() -> str:
    """What changes when the ledger does; asked of the database once a second, however many look."""
    now = datetime.now(UTC).timestamp()
    if now - _seen["at"] >= LOOK_S * 0.9:
        _seen["at"] = now
        with borrow() as workspace:
            _seen["mark"] = workspace.ledger.change_mark()
    return str(_seen["mark"])


@require_safe
@anybody
def map_file(request: HttpRequest, name: str) -> HttpResponse:
    """A file of the internal edition as it was published last."""
    del request
    folder = _published().resolve()
    path = (folder / name).resolve()
    hidden = any(part.startswith(".") for part in Path(name).parts)
    if not path.is_relative_to(folder) or hidden or not path.is_file():
        raise Http404
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    answer = HttpResponse(path.read_bytes(), content_type=kind)
    stat = path.stat()
    answer["ETag"] = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    return answer


@require_GET
def colours(request: HttpRequest) -> HttpResponse:
    """The colours of the map, for the desk's own pages: the same by day and by night."""
    del request
    page = read_template("page.css")
    end = page.index("}", page.index(":root.day")) + 1
    answer = HttpResponse(page[:end], content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "max-age=3600"
    return answer


def _published() -> Path:
    return Path(settings.JDZFIRE_ROOT) / "published" / "internal"
