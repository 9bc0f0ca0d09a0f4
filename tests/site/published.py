"""Everything that is published of a board, and what stands in it."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.public_edition import public_edition
from jdzfire.maps.packed import unpack_document
from jdzfire.maps.season_map import draw_season_map
from jdzfire.provenance import product_note
from jdzfire.reports.daily import write_daily
from jdzfire.reports.event_report import write_event_report
from jdzfire.reports.handover import write_handover
from jdzfire.reports.render_docx import render_docx
from jdzfire.reports.render_html import render_html
from jdzfire.site.front_page import draw_front
from jdzfire.site.publishers import PUBLISHERS, publish_alerts
from jdzfire.site.status import describe_status

_PACKED = re.compile(r'type="application/json\+zlib\+base64" id="([\w-]+)"')


def publish_all(board: Board, edition: Edition, lang: Lang = "zh") -> dict[str, bytes]:
    """Every file of an edition, the papers on demand and the season map among them."""
    files: dict[str, bytes] = {}
    for publisher in PUBLISHERS.values():
        files |= publisher(board, edition=edition, lang=lang)
    files |= publish_alerts(board, files, edition=edition)
    note = product_note(data_at=board.now, inputs=[], rules_version="r1")
    status = describe_status(board, edition=edition, note=note, files=files)
    run = {"edition": edition, "folder": "x", "data_at": board.now, "status": status}
    files |= {f"front/{k}": v for k, v in draw_front([run], city=board.city, lang=lang).items()}
    files["status.json"] = json.dumps(status, ensure_ascii=False).encode()
    cut = public_edition(board) if edition == "public" else board
    growth = [] if cut.growth is None else cut.growth.to_dict("records")
    event_id = str(cut.events["event_id"].iloc[0])
    for report in (
        write_handover(cut, edition=edition, lang=lang),
        write_daily(cut, edition=edition, lang=lang),
        write_event_report(cut, event_id, growth=growth, edition=edition, lang=lang),
    ):
        files[f"papers/{report.title}.docx"] = render_docx(report)
        files[f"papers/{report.title}.html"] = render_html(report)
    season = draw_season_map(
        board.hotspots,
        now=board.now,
        admin=board.admin,
        city=board.city,
        edition=edition,
        lang=lang,
    )
    return {**files, "season.html": season.encode()}


def said_in(files: dict[str, bytes], folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every file; zips and packed data unpacked, and each cell of a GeoPackage."""
    for name, content in files.items():
        text = content.decode("utf-8", "ignore")
        yield name, text
        for document in _PACKED.findall(text):
            said = unpack_document(text, document)
            yield f"{name} {document}", json.dumps(said, ensure_ascii=False)
        if name.endswith(".gpkg"):
            yield f"{name} cells", _cells(content, folder)
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                for part in book.namelist():
                    yield f"{name} {part}", book.read(part).decode("utf-8", "ignore")


def _cells(content: bytes, folder: Path) -> str:
    path = folder / "cells.gpkg"
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as base:
        names = [r[0] for r in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(
            str(value)
            for name in names
            for row in base.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our own names
            for value in row
        )
