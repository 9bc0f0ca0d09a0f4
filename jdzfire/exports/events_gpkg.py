"""The board as GeoPackage with layer styles, for QGIS and the office's ArcGIS."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from jdzfire.board.board import Board, Edition
from jdzfire.board.geometries import polygon_parts
from jdzfire.board.labels import Lang
from jdzfire.board.text import clean
from jdzfire.exports import qml
from jdzfire.exports.qml import SIGNS, TEAM_COLOUR
from jdzfire.exports.table import EventRow, event_columns, event_rows
from jdzfire.schemas import TIME_DTYPE

_DTYPES = {"text": "str", "int": "Int64", "float": "float64", "time": TIME_DTYPE}
_DESCRIPTION = "jdzfire"
_VERSION = "1.2"
"""Of the GeoPackage standard; a newer one makes programs of before 2023 warn at every layer."""
_SYNC = "OGR_SQLITE_SYNCHRONOUS"


def events_gpkg(board: Board, *, edition: Edition = "internal", lang: Lang = "zh") -> bytes:
    """Events, hotspots, and for the internal edition permits and teams, as one GeoPackage.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    edition : {"internal", "public"}
    lang : {"zh", "en"}
        Of the values and the legend; column names are the same in both.

    Returns
    -------
    bytes
        EPSG:4326; times UTC. Layers ``events`` (multipolygons), ``hotspots`` (points);
        internal also ``permit_lots`` (multipolygons), ``permit_places`` (points) and ``teams``.
        Table ``layer_styles`` holds the default style of each. The same board gives the same
        bytes.

    Notes
    -----
    OGR writes GeoPackages to files only, so they are made in a temporary folder, which is gone
    when this returns.
    """
    rows = event_rows(board, lang=lang)
    verdicts = {row.summary.event_id: row.summary.verdict for row in rows}
    layers: dict[str, tuple[gpd.GeoDataFrame, str, str]] = {
        "events": (
            _events(rows, edition),
            "MultiPolygon",
            qml.verdict_style(lang, is_polygon=True),
        ),
        "hotspots": (
            _hotspots(board, verdicts, edition),
            "Point",
            qml.verdict_style(lang, is_polygon=False),
        ),
    }
    if edition == "internal":
        lots, places = _permits(board)
        green = SIGNS["permitted"].colour
        layers["permit_lots"] = (lots, "MultiPolygon", qml.plain_polygon_style(green))
        hollow = qml.plain_point_style(green, "square", is_hollow=True)
        layers["permit_places"] = (places, "Point", hollow)
        layers["teams"] = (_teams(board), "Point", qml.plain_point_style(TEAM_COLOUR, "star"))
    with tempfile.TemporaryDirectory(prefix="jdzfire-") as folder, _unsynced():
        path = Path(folder) / "events.gpkg"
        for number, (name, (table, kind, _)) in enumerate(layers.items()):
            pyogrio.write_dataframe(
                table,
                path,
                layer=name,
                driver="GPKG",
                geometry_type=kind,
                append=number > 0,
                promote_to_multi=kind.startswith("Multi"),
                dataset_options={"VERSION": _VERSION},
            )
        stamp = pd.Timestamp(board.now).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.000Z")
        _add_styles(path, {name: style for name, (_, _, style) in layers.items()}, stamp)
        return _settle(path.read_bytes())


@contextmanager
def _unsynced() -> Iterator[None]:
    """Let OGR not wait for the disk: the file is read back at once and thrown away."""
    before = pyogrio.get_gdal_config_option(_SYNC)
    pyogrio.set_gdal_config_options({_SYNC: "OFF"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_SYNC: before})


def _add_styles(path: Path, styles: dict[str, str], stamp: str) -> None:
    """Add the styles, and put the board's time where OGR read the clock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = OFF")
        base.execute("BEGIN")
        base.execute(qml.LAYER_STYLES_TABLE)
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)"
        )
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description,"
            " owner, ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
            [(name, name, style, _DESCRIPTION, stamp) for name, style in styles.items()],
        )
        base.execute("UPDATE gpkg_contents SET last_change = ?", [stamp])
        base.execute("COMMIT")
        base.execute("VACUUM")


def _settle(content: bytes) -> bytes:
    """The same file with the count of its changes set to 1.

    OGR writes the time of change again when a second passes meanwhile, so the count shows
    how fast the machine was. It occurs twice, at bytes 24 and 92; both must agree
    [V, SQLite database file format, section 1.3].
    """
    one = (1).to_bytes(4, "big")
    return content[:24] + one + content[28:92] + one + content[96:]


def _frame(rows: list[dict[str, Any]], dtypes: dict[str, str], shapes: list[Any]) -> Any:
    table = pd.DataFrame({name: [row[name] for row in rows] for name in dtypes})
    table = table.astype(dtypes)
    return gpd.GeoDataFrame(
        table, geometry=gpd.GeoSeries(shapes, crs="EPSG:4326", index=table.index)
    )


def _events(rows: list[EventRow], edition: Edition) -> gpd.GeoDataFrame:
    dtypes = {column.name: _DTYPES[column.kind] for column in event_columns(edition)}
    shapes = [shapely.MultiPolygon(polygon_parts(row.geometry)) for row in rows]
    return _frame([row.values for row in rows], dtypes, shapes)


def _texts(table: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, pd.Series]:
    return {
        name: pd.Series([clean(v) or None for v in table[name]], index=table.index, dtype="str")
        for name in columns
    }


def _hotspots(board: Board, verdicts: dict[str, str], edition: Edition) -> gpd.GeoDataFrame:
    owner = board.members.drop_duplicates("hotspot_id").set_index("hotspot_id")["event_id"]
    table = board.hotspots.sort_values(["acquired_at", "hotspot_id"], ignore_index=True)
    event_id = table["hotspot_id"].map(owner).astype("str")
    kept = ["acquired_at", "frp_mw", "bright_mir_k", "confidence_pct", "scan_km", "track_km"]
    private = ("remark",) if edition == "internal" else ()
    texts = ("hotspot_id", "feed", "satellite", "instrument", "product", "confidence", *private)
    columns = {
        **_texts(table, texts),
        "event_id": event_id,
        "verdict": event_id.map(verdicts).astype("str"),
        **{name: table[name] for name in kept},
    }
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=table.geometry, crs=table.crs)


def _permits(board: Board) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    table = board.permits.sort_values("permit_id", ignore_index=True)
    texts = (
        *("permit_id", "applicant", "purpose", "county", "township", "place", "status"),
        *("contact", "phone"),
    )
    kept = {name: table[name] for name in ("area_ha", "valid_from", "valid_to", "revoked_at")}
    whole = gpd.GeoDataFrame(
        pd.DataFrame({**_texts(table, texts), **kept}), geometry=table.geometry, crs=table.crs
    )
    is_lot = whole.geom_type.isin(["Polygon", "MultiPolygon"])
    places = whole[~is_lot & whole.geometry.notna()]
    places = places.set_geometry(places.geometry.representative_point())
    return whole[is_lot], places


def _teams(board: Board) -> gpd.GeoDataFrame:
    table = board.teams.sort_values("team_id", ignore_index=True)
    texts = (
        *("team_id", "name", "kind", "county", "township", "leader", "phone"),
        *("duty_hours", "equipment"),
    )
    kept = {name: table[name] for name in ("headcount", "vehicles", "available")}
    return gpd.GeoDataFrame(
        pd.DataFrame({**_texts(table, texts), **kept}),
        geometry=table.geometry.representative_point(),
        crs=table.crs,
    )
