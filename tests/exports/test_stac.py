"""The STAC item of a run: valid by pystac's own schemas, checksums true."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pystac
import pytest
from pystac.validation import JsonSchemaSTACValidator  # noqa: F401 - the extra it needs is there

from jdzfire.board.board import Board
from jdzfire.exports.stac import ITEM_NAME, stac_item
from jdzfire.site.publishers import PUBLISHERS, publish_alerts

BBOX = (116.9, 28.7, 117.9, 30.0)
FILES = {"index.html": b"<html>", "exports/events.csv": b"a", "manifest.json": b"{}"}


def item_of(board: Board, files: dict[str, bytes] | None = None, **options: Any) -> dict[str, Any]:
    given = FILES if files is None else files
    content = stac_item(board, given, **{"bbox": BBOX, "rules_version": "r1", **options})
    document: dict[str, Any] = json.loads(content)
    return document


def validated(document: dict[str, Any]) -> pystac.Item:
    """The core schema comes with pystac; that of the file extension lies on the web."""
    item = pystac.Item.from_dict(document)
    core = {**document, "stac_extensions": []}
    assert pystac.validation.validate_dict(core, pystac.STACObjectType.ITEM)
    return item


def test_the_item_is_valid(make_board: Callable[..., Board]) -> None:
    item = validated(item_of(make_board()))
    assert item.id == "jdzfire-internal-20240316T081000Z"
    # the newest data of a feed are 2.6 h old
    assert item.datetime is not None
    assert item.datetime.isoformat() == "2024-03-16T05:34:00+00:00"
    assert item.bbox == list(BBOX)
    assert item.properties["jdzfire:events"] == {"open": 7, "explained": 4, "closed": 1}
    assert item.properties["jdzfire:rules_version"] == "r1"
    assert [f["age_min"] for f in item.properties["jdzfire:feeds"]] == [156, None, 300]


def test_the_validator_refuses(make_board: Callable[..., Board]) -> None:
    document = item_of(make_board())
    del document["properties"]["datetime"]
    with pytest.raises(pystac.STACValidationError):
        pystac.validation.validate_dict(
            {**document, "stac_extensions": []}, pystac.STACObjectType.ITEM
        )


def test_assets_lead_to_the_files_and_tell_their_checksums(
    make_board: Callable[..., Board],
) -> None:
    assets = item_of(make_board())["assets"]
    assert set(assets) == {"index.html", "exports/events.csv"}
    for name, asset in assets.items():
        assert posixpath.normpath(posixpath.join("exports", asset["href"])) == name
        if name == "index.html":  # renewed without being drawn
            assert "file:checksum" not in asset
            assert "file:size" not in asset
            continue
        # multihash: 0x12 sha2-256, 0x20 bytes
        assert asset["file:checksum"] == "1220" + hashlib.sha256(FILES[name]).hexdigest()
        assert asset["file:size"] == len(FILES[name])
    assert assets["exports/events.csv"]["href"] == "events.csv"
    assert assets["index.html"]["href"] == "../index.html"
    assert assets["index.html"]["type"] == "text/html"


def test_an_empty_board_without_area_is_valid(empty_board: Board) -> None:
    item = validated(item_of(empty_board, {}, bbox=None))
    assert item.geometry is None
    assert item.datetime is not None
    assert item.datetime.isoformat() == "2024-03-16T08:10:00+00:00"


@pytest.mark.parametrize("name", ["geojson", "gpkg", "kml", "sheets"])
@pytest.mark.parametrize("edition", ["internal", "public"])
def test_every_export_survives_hostile_texts(hostile_board: Board, name: str, edition: Any) -> None:
    files = PUBLISHERS[name](hostile_board, edition=edition)
    assert files == PUBLISHERS[name](hostile_board, edition=edition)
    validated(json.loads(publish_alerts(hostile_board, files, edition=edition)[ITEM_NAME]))
    if name == "geojson":
        assert json.loads(files["unresolved.geojson"])["features"]


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_what_is_made_last_covers_everything(
    make_board: Callable[..., Board], edition: Any
) -> None:
    board = make_board()
    files = PUBLISHERS["kml"](board, edition=edition) | PUBLISHERS["sheets"](board, edition=edition)
    last = publish_alerts(board, files, edition=edition, bbox=BBOX)
    document = json.loads(last[ITEM_NAME])
    validated(document)
    assert set(document["assets"]) == (set(files) | set(last)) - {ITEM_NAME}
    assert document["assets"]["exports/cap/JDZ-20240316-001.xml"]["type"] == "application/cap+xml"
    assert publish_alerts(replace(board), files, edition=edition, bbox=BBOX) == last
