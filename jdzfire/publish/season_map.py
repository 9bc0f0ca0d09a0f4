"""The season map: every hotspot of a season on one canvas, in one file that needs no network."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from branca.element import MacroElement
from folium.map import CustomPane
from folium.template import Template

from jdzfire.publish import layers, wording
from jdzfire.publish.labels import Lang, check_lang, satellite_name
from jdzfire.publish.map_page import (
    BoardMap,
    Raw,
    add_code,
    name_element,
    page_policy,
    read_template,
)
from jdzfire.publish.offline import render_offline
from jdzfire.publish.packed import pack_document
from jdzfire.publish.page_data import HOME_BOUNDS
from jdzfire.publish.rows import minutes_before, rounded
from jdzfire.publish.shapes import STEPS_PER_DEGREE
from jdzfire.publish.words import words

__all__ = ["draw_season_map"]

_SCRIPTS = ("dom.js", "shapes.js", "sheet.js", "dots.js", "season.js")
_WORDS = (
    "season_map", "season_count", "season_until", "window_all", "within_d", "time_slider",
    "season_window", "when", "confidence", "conf_high", "conf_nominal", "conf_low", "wgs84",
    "frp", "blind", "beijing",
)  # fmt: skip
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
    admin: gpd.GeoDataFrame | None = None,
    lang: str = "zh",
) -> str:
    """One HTML page of all hotspots of a season: a slider of days, a window, a click tells.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty
        Tens of thousands are fine; remarks and raw references do not come along.
    now : datetime
        End of what is shown.
    admin : GeoDataFrame [ADMIN], optional
        Borders to draw under the dots.
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
    document = _document(hotspots, now, admin, speech)
    west, south, east, north = document["bounds"]
    m = BoardMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=9,
        attribution_control=False,
        zoom_snap=0.25,
        prefer_canvas=True,
    )
    name_element(m, "season")
    m.options |= {"minZoom": 5, "maxZoom": 18}
    name_element(CustomPane("dots", z_index=420), "dots").add_to(m)
    name_element(_Start(), "page").add_to(m)
    figure: Any = m.get_root()
    figure.title = html.escape(document["words"]["season_map"])
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY_MARK}">'
    figure.header.add_child(Raw(policy), name="policy", index=0)
    figure.html.add_child(Raw(f"<style>\n{read_template('season.css')}\n</style>"), name="style")
    figure.html.add_child(Raw(pack_document(document, "season-data")), name="data")
    add_code(figure, "jdzfireSeason", "season-data", _SCRIPTS)
    page = render_offline(m)
    page = page.replace("<html>", f'<html lang="{"zh-CN" if speech == "zh" else "en"}">', 1)
    return page.replace(_POLICY_MARK, page_policy(page, ()), 1)


def _document(
    hotspots: gpd.GeoDataFrame, now: datetime, admin: gpd.GeoDataFrame | None, lang: Lang
) -> dict[str, Any]:
    table = hotspots.sort_values(["acquired_at", "hotspot_id"], ignore_index=True)
    text = words(lang)
    satellite, satellites = pd.factorize(table["satellite"], sort=True)
    confidence, confidences = pd.factorize(table["confidence"], sort=True)
    x = np.rint(table.geometry.x.to_numpy() * STEPS_PER_DEGREE).astype(np.int64)
    y = np.rint(table.geometry.y.to_numpy() * STEPS_PER_DEGREE).astype(np.int64)
    corner = [int(x.min()), int(y.min())] if len(table) else [0, 0]
    back = np.array(minutes_before(table["acquired_at"], now), dtype=np.int64)
    bounds = [round(float(v), 5) for v in table.total_bounds] if len(table) else list(HOME_BOUNDS)
    return {
        "words": {key: text[key] for key in _WORDS},
        "now": wording.iso_utc(now),
        "bounds": bounds,
        "corner": corner,
        "satellites": [satellite_name(str(name), lang) for name in satellites],
        "confidences": [text[f"conf_{name}"] for name in confidences],
        "x": (x - corner[0]).tolist(),
        "y": (y - corner[1]).tolist(),
        "t": np.diff(back, prepend=0).tolist(),
        "s": satellite.tolist(),
        "c": confidence.tolist(),
        "frp": rounded(table["frp_mw"]),
        "admin": [] if admin is None else layers.admin_rows(admin),
    }
