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

from jdzfire.provenance import product_note
from jdzfire.publish import (
    PUBLISHERS,
    Board,
    Edition,
    describe_status,
    draw_front,
    public_edition,
    publish_alerts,
)
from jdzfire.publish.labels import Lang
from jdzfire.publish.packed import unpack_document
from jdzfire.publish.papers import (
    render_docx,
    render_html,
    write_daily,
    write_event_report,
    write_handover,
)
from jdzfire.publish.season_map import draw_season_map

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
    for paper in (
        write_handover(cut, edition=edition, lang=lang),
        write_daily(cut, edition=edition, lang=lang),
        write_event_report(cut, event_id, growth=growth, edition=edition, lang=lang),
    ):
        files[f"papers/{paper.title}.docx"] = render_docx(paper)
        files[f"papers/{paper.title}.html"] = render_html(paper)
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
