"""The duty map: its shell, which Folium draws, filled with the data of a board."""

from __future__ import annotations

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import check_lang
from jdzfire.board.public_edition import public_edition
from jdzfire.errors import UsageError
from jdzfire.maps.basemaps import base_layers
from jdzfire.maps.packed import pack_document
from jdzfire.maps.page_data import page_data
from jdzfire.maps.renewed import renewed_element, renewed_part
from jdzfire.maps.shells import DATA, relief_bounds, shell_of


def draw_map(
    board: Board,
    *,
    edition: Edition = "internal",
    lang: str = "zh",
    tile_url: str | None = None,
) -> str:
    """The map page of a board, one HTML file that needs nothing else.

    Parameters
    ----------
    board : Board
        May be empty; the page then shows that there is nothing to check.
    edition : {"internal", "public"}
        The public edition is cut here with ``public_edition``, whatever is handed in.
    lang : {"zh", "en"}
    tile_url : str, optional
        Base map: ``osm``, ``tianditu:KEY``, one that was unpacked beside the editions, a folder
        beside the page (``tiles/{z}/{x}/{y}.png``), or web Mercator tiles in WGS84 or CGCS2000
        (``https://host/{z}/{x}/{y}.png``); see ``basemaps``. The local relief lies under
        them and shows when the network is down.

    Returns
    -------
    str
        HTML; the same board gives the same bytes. A content policy in it lets the page load
        nothing but the tiles, ask only its own server whether a newer page is up, and run only
        its own scripts. Links to ``NAVIGATION`` are followed by a click, never asked.

    Raises
    ------
    UsageError
        Unknown edition or language.
    SettingsError
        A tile address that cannot be used.
    """
    speech = check_lang(lang)
    if check_edition(edition) == "public":
        board = public_edition(board)
    tiles = base_layers(tile_url)
    document = page_data(
        board,
        edition=edition,
        lang=speech,
        relief=relief_bounds(board.dem),
        has_tiles=bool(tiles),
        credit=" ".join(layer.credit for layer in tiles if layer.credit),
    )
    if any(layer.is_local for layer in tiles):
        document["tiles"] = "local"
    shell = shell_of(
        document["texts"][speech],
        lang=speech,
        bounds=document["bounds"],
        dem=board.dem,
        tile_url=tile_url,
    )
    data = renewed_element(renewed_part(board)) + pack_document(document, "board-data")
    return shell.replace(DATA, data, 1)


def check_edition(edition: str) -> str:
    """The edition, when there is one of that name.

    Raises
    ------
    UsageError
        Any other than ``internal`` or ``public``.
    """
    if edition not in ("internal", "public"):
        raise UsageError("no such edition", expected="internal or public", found=edition)
    return edition
