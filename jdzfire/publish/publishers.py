"""PUBLISHERS: what can be made of a board, by name.

A new publisher is one function here and one line in ``PUBLISHERS``.
"""

from __future__ import annotations

from typing import Protocol

from jdzfire.publish.board import Board, Edition, public_edition
from jdzfire.publish.bulletin import write_bulletin
from jdzfire.publish.labels import check_lang
from jdzfire.publish.map_page import check_edition, draw_map
from jdzfire.publish.papers import render_html, write_daily, write_handover
from jdzfire.publish.unresolved import unresolved_geojson

__all__ = ["PUBLISHERS", "Publisher"]


class Publisher(Protocol):
    """Makes files of a board; pure, so that the caller may place them all or none."""

    def __call__(
        self,
        board: Board,
        *,
        edition: Edition = "internal",
        lang: str = "zh",
        tile_url: str | None = None,
    ) -> dict[str, bytes]:
        """File name -> content."""
        ...


def publish_map(
    board: Board, *, edition: Edition = "internal", lang: str = "zh", tile_url: str | None = None
) -> dict[str, bytes]:
    """The map page as ``index.html``."""
    page = draw_map(board, edition=edition, lang=lang, tile_url=tile_url)
    return {"index.html": page.encode("utf-8")}


def publish_bulletin(
    board: Board, *, edition: Edition = "internal", lang: str = "zh", tile_url: str | None = None
) -> dict[str, bytes]:
    """The duty summary as ``bulletin.md`` and, the same text, ``bulletin.txt``."""
    del tile_url
    text = write_bulletin(_cut(board, edition), lang=lang).encode("utf-8")
    return {"bulletin.md": text, "bulletin.txt": text}


def publish_geojson(
    board: Board, *, edition: Edition = "internal", lang: str = "zh", tile_url: str | None = None
) -> dict[str, bytes]:
    """Open events as ``unresolved.geojson``."""
    del tile_url
    text = unresolved_geojson(_cut(board, edition), lang=check_lang(lang))
    return {"unresolved.geojson": text.encode("utf-8")}


def publish_papers(
    board: Board, *, edition: Edition = "internal", lang: str = "zh", tile_url: str | None = None
) -> dict[str, bytes]:
    """The shift handover and the daily bulletin as pages for A4."""
    del tile_url
    cut, speech = _cut(board, edition), check_lang(lang)
    return {
        "papers/handover.html": render_html(write_handover(cut, edition=edition, lang=speech)),
        "papers/daily.html": render_html(write_daily(cut, edition=edition, lang=speech)),
    }


def _cut(board: Board, edition: str) -> Board:
    return public_edition(board) if check_edition(edition) == "public" else board


PUBLISHERS: dict[str, Publisher] = {
    "map": publish_map,
    "bulletin": publish_bulletin,
    "geojson": publish_geojson,
    "papers": publish_papers,
}
"""Name -> what it makes; see :class:`Publisher`."""
