"""The season map: every hotspot of a season on one canvas, in one file that needs no network.

What belongs here: from a year's hotspots to a planner's page. It shows place, time, satellite,
power and confidence of each, and names nobody; ground reports are not in the public edition,
since a caller's place is the caller's own.
"""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from branca.element import MacroElement
from folium.template import Template
from numpy.typing import NDArray

from jdzfire.board import wording
from jdzfire.board.board import Edition
from jdzfire.board.labels import Lang, check_lang, satellite_name
from jdzfire.board.wording import minutes_before
from jdzfire.board.words import words
from jdzfire.maps import layers
from jdzfire.maps.folium_page import (
    Raw,
    add_code,
    name_element,
    page_policy,
    read_template,
    relief_picture,
    start_map,
)
from jdzfire.maps.map_page import check_edition
from jdzfire.maps.offline import render_offline
from jdzfire.maps.packed import pack_document, round_column
from jdzfire.maps.page_data import HOME_BOUNDS
from jdzfire.maps.relief import shade_relief
from jdzfire.maps.shapes import STEPS_PER_DEGREE
from jdzfire.schemas import ADMIN, empty_table

_SCRIPTS = ("dom.js", "shapes.js", "sheet.js", "dots.js", "season_panel.js", "season.js")
_WORDS = (
    "season_unit", "season_until", "season_colour", "season_by_age", "season_by_satellite",
    "season_day", "season_older", "season_span", "season_most", "season_window", "window_all",
    "within_d", "time_slider", "time_play", "when", "confidence", "wgs84", "frp", "blind",
    "beijing", "theme", "legend", "filter_county",
)  # fmt: skip
_PANES = {"relief": 150, "dots": 420, "labels": 450}
"""Panes beside Leaflet's own, as on the duty map."""
_PERSON = "PERSON"
_POLICY_MARK = "content-policy-goes-here"


class _Start(MacroElement):
    """Hands the map to the page's script once Folium has made it."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "jdzfireSeason({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        MacroElement.__init__(self)  # type: ignore[no-untyped-call]
        self._name = "Start"


def draw_season_map(
    hotspots: gpd.GeoDataFrame,
    *,
    now: datetime,
    year: int | None = None,
    city: str = "",
    admin: gpd.GeoDataFrame | None = None,
    dem: Any = None,
    edition: Edition = "internal",
    lang: str = "zh",
) -> str:
    """One HTML page of all hotspots of a season: by day, window and county; a click shows one.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty
        Tens of thousands are fine; remarks and raw references do not come along. Those of after
        ``now`` are left out.
    now : datetime
        End of what is shown.
    year : int, optional
        In the title; that of ``now`` in Beijing when it is not given.
    city : str
        In the title.
    admin : GeoDataFrame [ADMIN], optional
        Borders and names to draw under the dots, and the counties to count by.
    dem : DataArray, optional
        Elevation [m] for the relief.
    edition : {"internal", "public"}
        The public one is without ground reports.
    lang : {"zh", "en"}

    Returns
    -------
    str
        HTML; the same hotspots give the same bytes.

    Notes
    -----
    About 30 bytes a hotspot: places as whole 1e-5 degrees from the western and southern end,
    times as steps of minutes.
    """
    speech = check_lang(lang)
    if check_edition(edition) == "public":
        hotspots = without_ground_reports(hotspots)
    hotspots = hotspots[hotspots["acquired_at"] <= now]
    relief = shade_relief(dem)
    document = _document(hotspots, now, admin, speech)
    text = words(speech)
    of = str(year or wording.beijing(now, "%Y"))
    document |= {
        "title": text["season_map"].replace("{city}", city).replace("{year}", of),
        "edition": text[edition],
        "relief": relief is not None,
    }
    m = start_map("season", document["bounds"], panes=_PANES, min_zoom=5)
    if relief is not None:
        name_element(relief_picture(relief, text["layer_relief"]), "relief_picture").add_to(m)
    name_element(_Start(), "page").add_to(m)
    figure: Any = m.get_root()
    figure.title = html.escape(document["title"])
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY_MARK}">'
    figure.header.add_child(Raw(policy), name="policy", index=0)
    figure.html.add_child(Raw(f"<style>\n{read_template('season.css')}\n</style>"), name="style")
    figure.html.add_child(Raw(pack_document(document, "season-data")), name="data")
    add_code(figure, "jdzfireSeason", "season-data", _SCRIPTS)
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    figure.header.add_child(Raw(viewport), name="view")
    page = render_offline(m)
    page = page.replace("<html>", f'<html lang="{"zh-CN" if speech == "zh" else "en"}">', 1)
    return page.replace(_POLICY_MARK, page_policy(page, ()), 1)


def without_ground_reports(hotspots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Only what satellites saw."""
    return hotspots[hotspots["instrument"] != _PERSON].reset_index(drop=True)


def _document(
    hotspots: gpd.GeoDataFrame, now: datetime, admin: gpd.GeoDataFrame | None, lang: Lang
) -> dict[str, Any]:
    table = hotspots.sort_values(["acquired_at", "hotspot_id"], ignore_index=True)
    text = words(lang)
    satellites = _satellites(table)
    satellite = pd.Categorical(table["satellite"], categories=satellites).codes
    confidence, confidences = pd.factorize(table["confidence"], sort=True)
    x = np.rint(table.geometry.x.to_numpy() * STEPS_PER_DEGREE).astype(np.int64)
    y = np.rint(table.geometry.y.to_numpy() * STEPS_PER_DEGREE).astype(np.int64)
    corner = [int(x.min()), int(y.min())] if len(table) else [0, 0]
    back = minutes_before(table["acquired_at"], now)
    areas = empty_table(ADMIN) if admin is None else admin
    counties = areas[areas["level"] == "county"].sort_values("admin_id", ignore_index=True)
    return {
        "words": {key: text[key] for key in _WORDS},
        "now": wording.iso_utc(now),
        "bounds": _bounds(counties, table),
        "corner": corner,
        "satellites": [satellite_name(str(name), lang) for name in satellites],
        "confidences": [text[f"conf_{name}"] for name in confidences],
        "x": (x - corner[0]),
        "y": (y - corner[1]),
        "t": np.diff(back, prepend=0),
        "s": satellite,
        "c": confidence,
        "frp": round_column(table["frp_mw"]),
        "k": _county_of(table, counties),
        "counties": counties["name"].astype(str).tolist(),
        "admin": layers.admin_rows(areas),
    }


def _satellites(hotspots: gpd.GeoDataFrame) -> list[str]:
    """Sources of the hotspots: satellites before ground reports, the most first, then by name."""
    counts = hotspots.groupby("satellite")["instrument"].agg(["size", "first"])
    order = counts.assign(is_person=counts["first"] == _PERSON, few=-counts["size"])
    return [str(name) for name in order.sort_values(["is_person", "few", "satellite"]).index]


def _county_of(hotspots: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Position of each hotspot's county, the first by id where two meet; -1 outside all."""
    found = np.full(len(hotspots), -1, dtype=np.int64)
    if len(hotspots) and len(counties):
        spots, areas = counties.sindex.query(hotspots.geometry, predicate="intersects")
        order = np.lexsort((-areas, spots))
        found[spots[order]] = areas[order]
    return found


def _bounds(counties: gpd.GeoDataFrame, hotspots: gpd.GeoDataFrame) -> list[float]:
    """What the page opens on: the counties, else the hotspots, else home."""
    for table in (counties, hotspots):
        if len(table):
            return [round(float(v), 5) for v in table.total_bounds]
    return list(HOME_BOUNDS)
