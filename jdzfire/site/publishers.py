"""PUBLISHERS: what can be made of a board, by name.

A new publisher is one function here and one line in ``PUBLISHERS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from jdzfire.alerts.cap import CapOptions
from jdzfire.alerts.messages import cap_messages
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang, check_lang
from jdzfire.board.public_edition import public_edition
from jdzfire.exports.events_csv import events_csv
from jdzfire.exports.events_gpkg import events_gpkg
from jdzfire.exports.events_kml import events_kml
from jdzfire.exports.events_xlsx import events_xlsx
from jdzfire.exports.feedback_xlsx import board_feedback_xlsx
from jdzfire.exports.stac import ITEM_NAME, stac_item
from jdzfire.exports.unresolved_geojson import unresolved_geojson
from jdzfire.maps.map_page import check_edition, draw_map
from jdzfire.reports.bulletin import write_bulletin
from jdzfire.reports.daily import write_daily
from jdzfire.reports.handover import write_handover
from jdzfire.reports.render_html import render_html


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


Write = Callable[[Board, Edition, Lang], dict[str, bytes]]
"""Makes files of a board that is cut to its edition already."""


def publish_map(
    board: Board, *, edition: Edition = "internal", lang: str = "zh", tile_url: str | None = None
) -> dict[str, bytes]:
    """The map page as ``index.html``."""
    page = draw_map(board, edition=edition, lang=lang, tile_url=tile_url)
    return {"index.html": page.encode("utf-8")}


def _of_edition(write: Write) -> Publisher:
    """A publisher that needs no base map, from what writes one edition in one language."""

    def publish(
        board: Board,
        *,
        edition: Edition = "internal",
        lang: str = "zh",
        tile_url: str | None = None,
    ) -> dict[str, bytes]:
        del tile_url
        return write(_cut(board, edition), edition, check_lang(lang))

    return publish


def _bulletin(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """The duty summary as ``bulletin.md`` and, the same text, ``bulletin.txt``."""
    del edition
    text = write_bulletin(board, lang=lang).encode("utf-8")
    return {"bulletin.md": text, "bulletin.txt": text}


def _geojson(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """Open events."""
    del edition
    return {"unresolved.geojson": unresolved_geojson(board, lang=lang).encode("utf-8")}


def _gpkg(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """Events and hotspots, with layer styles."""
    return {"exports/events.gpkg": events_gpkg(board, edition=edition, lang=lang)}


def _kml(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """Every event."""
    return {"exports/events.kml": events_kml(board, edition=edition, lang=lang)}


def _sheets(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """Every event as a workbook and as CSV."""
    return {
        "exports/events.xlsx": events_xlsx(board, edition=edition, lang=lang),
        "exports/events.csv": events_csv(board, edition=edition, lang=lang),
    }


def _feedback(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """The sheet in which counties answer; internal only."""
    if edition == "public":
        return {}
    return {"exports/feedback.xlsx": board_feedback_xlsx(board, lang=lang)}


def _reports(board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """The shift handover and the daily bulletin as pages for A4."""
    return {
        "papers/handover.html": render_html(write_handover(board, edition=edition, lang=lang)),
        "papers/daily.html": render_html(write_daily(board, edition=edition, lang=lang)),
    }


def publish_alerts(
    board: Board,
    files: Mapping[str, bytes],
    *,
    edition: Edition = "internal",
    bbox: tuple[float, float, float, float] | None = None,
    rules_version: str | None = None,
    options: CapOptions | None = None,
    previous: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """What is made last: the CAP messages, and the STAC item over all files of the edition.

    Not one of ``PUBLISHERS``, since it needs what they made and what was sent before: see
    ``exports.cap_messages`` and ``exports.stac_item``.
    """
    cut = _cut(board, edition)
    alerts = cap_messages(cut, edition=edition, options=options, previous=previous)
    item = stac_item(
        cut, {**files, **alerts}, edition=edition, bbox=bbox, rules_version=rules_version
    )
    return {**alerts, ITEM_NAME: item}


def _cut(board: Board, edition: str) -> Board:
    return public_edition(board) if check_edition(edition) == "public" else board


PUBLISHERS: dict[str, Publisher] = {
    "map": publish_map,
    "bulletin": _of_edition(_bulletin),
    "geojson": _of_edition(_geojson),
    "gpkg": _of_edition(_gpkg),
    "kml": _of_edition(_kml),
    "sheets": _of_edition(_sheets),
    "feedback": _of_edition(_feedback),
    "papers": _of_edition(_reports),
}
"""Name -> what it makes; see :class:`Publisher`."""
