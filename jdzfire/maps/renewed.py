"""The part of a page that a cycle without news brings up to date.

A page says when it was last checked, how the feeds do and when each township was last observed.
When nothing else changed, this part is replaced in the page that stands, and the rest is not drawn
again; ages and deadlines run in the browser (``clock.js``).
"""

from __future__ import annotations

import re
from typing import Any

from jdzfire.board import coverage, wording
from jdzfire.board.board import Board
from jdzfire.board.labels import Lang
from jdzfire.board.summary import data_time
from jdzfire.board.words import words
from jdzfire.maps.packed import embed_json

_OPEN = '<script type="application/json" id="renewed">'
_PART = re.compile(re.escape(_OPEN.encode()) + rb".*?(?=</script>)", re.DOTALL)


def renewed_part(board: Board) -> dict[str, Any]:
    """What of a board is renewed without drawing; only its feeds and observations are read.

    Ages are minutes before ``at``; the page takes the time it was drawn into account.
    """
    spoken: tuple[Lang, ...] = ("en", "zh")
    rows = coverage.feed_rows(board, "en")
    return {
        "at": wording.iso_utc(board.now),
        "generated": wording.beijing(board.now, "%Y-%m-%d %H:%M"),
        "data_time": wording.beijing(data_time(board), "%m-%d %H:%M"),
        "feeds": [{k: v for k, v in row.items() if k != "title"} for row in rows],
        "looks": coverage.observation_rows(board),
        "next_pass": {one: coverage.next_pass_text(board, words(one)) for one in spoken},
    }


def renewed_element(part: dict[str, Any]) -> str:
    """The element of the page that holds it."""
    return f"{_OPEN}{embed_json(part)}</script>"


def renew_page(page: bytes, part: dict[str, Any]) -> bytes:
    """A page with this part in the place of its own.

    Raises
    ------
    ValueError
        The page has no such part, or several.
    """
    element = renewed_element(part).removesuffix("</script>").encode()
    renewed, count = _PART.subn(lambda _: element, page)
    if count != 1:
        raise ValueError(f"a page with {count} parts that are renewed")
    return renewed
