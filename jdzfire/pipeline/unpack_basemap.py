"""The base map: from a tileset somebody brings to pictures beside the editions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.tilesets import (
    MARGIN_TILES,
    Places,
    Tileset,
    TilesetNote,
    check_picture,
    foreign_datum,
    open_tileset,
    places_over,
)
from jdzfire.store.basemap import Basemap, keep_basemap
from jdzfire.workspace import Workspace, watched_bbox

PAGE_ZOOMS = (6, 18)
"""Zooms the page can show; others are not unpacked."""

TILES_MAX = 200_000
"""Tiles that are unpacked at most: the default area down to zoom 16 takes 100,710 [C]; a folder
of many more is slow to copy to a stick [K]."""

LEAST_SHARE = 0.5
"""A zoom with fewer of its tiles over the watched area than this is left out, and those below
it: the page would be blank where the zoom above shows a map [K]."""

_BLANK_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII="
)
"""A transparent pixel for holes of a tileset, so that no request of a page fails."""


def unpack_basemap(
    workspace: Workspace,
    path: Path,
    *,
    margin_km: float = 10.0,
    max_zoom: int | None = None,
    datum: str | None = None,
    from_south: bool = False,
    progress: Callable[[], object] | None = None,
) -> tuple[Basemap, list[str]]:
    """Unpack the tiles over the watched area into ``published/basemap``.

    Parameters
    ----------
    workspace : Workspace
    path : Path
        An MBTiles or PMTiles file, or a folder of tiles.
    margin_km : float [km]
        Beyond the watched area; never fewer than ``MARGIN_TILES`` tiles.
    max_zoom : int, optional
        Deepest zoom; that of the tileset when it is less.
    datum : {"wgs84", "cgcs2000"}, optional
        What the operator declares about the tiles.
    from_south : bool
        Of a folder: its rows count from the south.
    progress : callable, optional
        Called after each tile.

    Returns
    -------
    Basemap, list of str
        What was kept, and what the operator should know.

    Raises
    ------
    UsageError
        A zoom or margin that cannot be, or tiles in GCJ-02 or BD-09.
    InputError
        The tileset is damaged, holds no raster tiles or none over the area, speaks of a maker
        whose tiles are in GCJ-02, or has more tiles than :data:`TILES_MAX`.
    StoreError
        The disk refused. Whatever is raised, the earlier base map is kept.
    """
    _check_asked(margin_km, max_zoom, datum)
    bbox = watched_bbox(workspace)
    with open_tileset(path, from_south=from_south) as tileset:
        note = tileset.note
        _refuse_foreign(note, datum)
        zooms = _plan(note, bbox, margin_km, max_zoom)
        there = {places.zoom: tileset.present(places) for places in zooms}
        shown, notes = _dense(zooms, there, bbox)
        extension = note.extension or _extension(tileset, shown[-1], there)
        kept = Basemap(
            name=note.name,
            attribution=note.attribution,
            extension=extension,
            zooms={places.zoom: _ends(places) for places in shown},
            tiles=sum(map(len, shown)),
            source=path.name,
            datum=datum or "",
        )
        tiles = _counted(_tiles(tileset, shown, there, extension), progress)
        keep_basemap(workspace.home.published_dir, kept, tiles)
    if not datum:
        notes.append("the tileset states no datum: compare a road of it with the page's own")
    return kept, notes


def _check_asked(margin_km: float, max_zoom: int | None, datum: str | None) -> None:
    if not 0.0 <= margin_km <= 200.0:
        raise UsageError("the margin cannot be used", expected="0 to 200 km", found=f"{margin_km}")
    first, last = PAGE_ZOOMS
    if max_zoom is not None and not first <= max_zoom <= last:
        raise UsageError(
            "no such zoom on the page", expected=f"{first} to {last}", found=str(max_zoom)
        )
    if datum not in (None, "wgs84", "cgcs2000"):
        raise UsageError(
            f"tiles in {datum} cannot be used",
            expected="wgs84 or cgcs2000",
            found=datum,
            remedy="GCJ-02 and BD-09 pictures lie some hundred metres off, and a picture cannot be "
            "put right point by point: take tiles of Tianditu or OpenStreetMap",
        )


def _refuse_foreign(note: TilesetNote, datum: str | None) -> None:
    word = foreign_datum(note)
    if word and datum is None:
        raise InputError(
            "the tiles seem to be in GCJ-02 or BD-09, some hundred metres off",
            expected="WGS84 or CGCS2000",
            found=f"{word!r} in the tileset's metadata",
            remedy="take tiles of another maker; if these were corrected, use --datum wgs84",
        )


def _plan(
    note: TilesetNote,
    bbox: tuple[float, float, float, float],
    margin_km: float,
    max_zoom: int | None,
) -> list[Places]:
    """Rectangles of tiles to search, the shallowest first; refused when they are too many."""
    first, last = PAGE_ZOOMS
    deepest = min(note.max_zoom, last if max_zoom is None else max_zoom)
    shallowest = max(note.min_zoom, min(first, deepest))
    if shallowest > deepest:
        raise InputError(
            "the tileset has no zoom the page shows",
            expected=f"zooms from {first} to {deepest}",
            found=f"{note.min_zoom} to {note.max_zoom}",
        )
    zooms = [
        places_over(bbox, zoom, margin_km=margin_km, margin_tiles=MARGIN_TILES)
        for zoom in range(shallowest, deepest + 1)
    ]
    total = 0
    for places in zooms:
        total += len(places)
        if total > TILES_MAX:
            raise InputError(
                "the base map would have too many tiles",
                expected=f"at most {TILES_MAX}",
                found=f"{sum(map(len, zooms))} down to zoom {deepest}",
                remedy=f"add --max-zoom {places.zoom - 1}, or a smaller --margin-km",
            )
    return zooms


def _dense(
    zooms: list[Places],
    there: dict[int, set[tuple[int, int]]],
    bbox: tuple[float, float, float, float],
) -> tuple[list[Places], list[str]]:
    """The zooms that fill the watched area well enough, without a gap between them."""
    shares = []
    for places in zooms:
        over = places_over(bbox, places.zoom)
        shares.append(sum(place in there[places.zoom] for place in over) / len(over))
    is_dense = [share >= LEAST_SHARE for share in shares]
    if True not in is_dense:
        raise InputError(
            "the tileset does not show the watched area",
            expected="tiles over {:.3f},{:.3f},{:.3f},{:.3f}".format(*bbox),
            found=f"{max(shares):.0%} of them at best",
            remedy="export a larger area; a folder of tiles may need --from-south",
        )
    begin = is_dense.index(True)
    end = next((k for k in range(begin, len(zooms)) if not is_dense[k]), len(zooms))
    left = [p.zoom for k, p in enumerate(zooms) if not begin <= k < end]
    if not left:
        return zooms, []
    listed = ", ".join(
        f"{zoom} ({share:.0%})"
        for zoom, share in zip((p.zoom for p in zooms), shares, strict=True)
        if zoom in left
    )
    return zooms[begin:end], [f"zooms left out, too few tiles over the watched area: {listed}"]


def _ends(places: Places) -> tuple[int, int, int, int]:
    columns, rows = places.columns, places.rows
    return columns[0], columns[-1], rows[0], rows[-1]


def _extension(tileset: Tileset, places: Places, there: dict[int, set[tuple[int, int]]]) -> str:
    """Kind of the first picture, where the tileset does not state it."""
    x, y = min(there[places.zoom])
    one = Places(places.zoom, range(x, x + 1), range(y, y + 1))
    return next(check_picture(data, f"{one.zoom}/{x}/{y}") for _, _, data in tileset.pictures(one))


def _tiles(
    tileset: Tileset,
    shown: list[Places],
    there: dict[int, set[tuple[int, int]]],
    extension: str,
) -> Iterator[tuple[str, bytes]]:
    """Every tile of every rectangle: the picture, or a transparent one where there is a hole."""
    for places in shown:
        for x, y, data in tileset.pictures(places):
            check_picture(data, f"{places.zoom}/{x}/{y}")
            yield f"{places.zoom}/{x}/{y}.{extension}", data
        for x, y in places:
            if (x, y) not in there[places.zoom]:
                yield f"{places.zoom}/{x}/{y}.{extension}", _BLANK_PNG


def _counted(
    tiles: Iterator[tuple[str, bytes]], progress: Callable[[], object] | None
) -> Iterator[tuple[str, bytes]]:
    for tile in tiles:
        yield tile
        if progress:
            progress()
