"""The siting map: forest by minutes to the nearest team, and the sites for more teams.

One offline page like the main map, but drawn with plain Folium layers: it is a planner's page,
made when asked for. Team names and numbers of minutes are on it, phones and names are not, so
there is one edition only.
"""

from __future__ import annotations

import html
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.board.labels import check_lang
from jdzfire.maps.offline import render_offline
from jdzfire.maps.raw import Raw, number_elements
from jdzfire.registers.teams import available_teams
from jdzfire.siting.coverage import Coverage
from jdzfire.siting.placement import Placement

_LATE_MIN = 15.0
"""Forest this much beyond the minutes asked for has a class of its own [min]."""

_CLASSES = ("soon", "covered", "gained", "late", "far")
_COLOURS = {
    "soon": "#2166ac",
    "covered": "#92c5de",
    "gained": "#7b3294",
    "late": "#f4a582",
    "far": "#b2182b",
}
"""Blue within the minutes, purple gained, orange and red beyond: safe for colour-blind eyes."""

_WORDS = {
    "zh": {
        "title": "扑火队伍覆盖与选点",
        "soon": "{half:g}分钟内到达",
        "covered": "{half:g}–{minutes:g}分钟到达",
        "gained": "增设队伍后{minutes:g}分钟内到达",
        "late": "{minutes:g}–{late:g}分钟到达",
        "far": "超过{late:g}分钟",
        "teams": "现有队伍",
        "sites": "建议增设",
        "borders": "县（市、区）界",
        "counties": "县（市、区）",
        "share": "覆盖率",
        "gain": "新增覆盖{gain:,.0f}公顷",
        "unknown": "未知",
        "note": "直线距离×绕行系数的估算，不是道路行车时间。",
    },
    "en": {
        "title": "Coverage of the fire teams and new sites",
        "soon": "within {half:g} min",
        "covered": "{half:g}-{minutes:g} min",
        "gained": "within {minutes:g} min with the new sites",
        "late": "{minutes:g}-{late:g} min",
        "far": "more than {late:g} min",
        "teams": "teams now",
        "sites": "new sites",
        "borders": "counties",
        "counties": "county",
        "share": "covered",
        "gain": "gains {gain:,.0f} ha",
        "unknown": "unknown",
        "note": "Estimated by straight line x detour factor, not by road.",
    },
}

_STYLE = """
html,body{margin:0;height:100%}
.leaflet-container{background:#f3f4f0!important}
.leaflet-bottom.leaflet-left{left:auto;right:12px}
.siting-box{position:absolute;z-index:1000;left:12px;bottom:12px;
max-width:min(420px,calc(100vw - 56px));max-height:60vh;overflow:auto;background:#fffffff2;
border-radius:8px;padding:12px 14px;color:#22282d;box-shadow:0 1px 6px #0004;
font:14px/1.5 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif}
.siting-box summary{cursor:pointer;font-weight:bold;font-size:17px}.siting-box p{margin:4px 0}
.siting-box ul{list-style:none;margin:6px 0;padding:0}
.siting-box li i{display:inline-block;width:14px;height:14px;border-radius:3px;
margin-right:8px;vertical-align:-2px}
.siting-box table{border-collapse:collapse;width:100%}
.siting-box td,.siting-box th{text-align:left;padding:2px 8px 2px 0;
border-bottom:1px solid #e3e7ea;font-weight:normal}
.siting-box .num{text-align:right}.siting-box small{color:#5b6770}
.siting-site{background:#7b3294;color:#fff;border:2px solid #fff;border-radius:50%;width:24px;
height:24px;text-align:center;font:bold 13px/24px sans-serif;box-shadow:0 1px 4px #0007}
@media(max-width:600px){.siting-box{max-height:42vh;font-size:13px}
.leaflet-control-layers{display:none}}
"""


def draw_siting_map(
    coverage: Coverage,
    *,
    teams: gpd.GeoDataFrame,
    placement: Placement | None = None,
    admin: gpd.GeoDataFrame | None = None,
    lang: str = "zh",
) -> str:
    """One offline HTML page of the coverage, with new sites when there are any.

    Parameters
    ----------
    coverage : Coverage
        From :func:`jdzfire.siting.coverage_share`; may have no forest.
    teams : GeoDataFrame [TEAMS, EPSG:4326 points]
        Only those that can be sent are drawn.
    placement : Placement, optional
        From :func:`jdzfire.siting.solve_additional`, of the same coverage.
    admin : GeoDataFrame [ADMIN], optional
        Its counties are drawn as borders.
    lang : {"zh", "en"}

    Returns
    -------
    str
        HTML; the same answer gives the same bytes.

    Raises
    ------
    UsageError
        Unknown language.
    """
    words = _WORDS[check_lang(lang)]
    m = folium.Map(
        tiles=None,
        prefer_canvas=True,
        control_scale=True,
        attribution_control=False,
        zoom_start=9,
        zoom_snap=0.25,
    )
    m.options |= {"minZoom": 6, "maxZoom": 18}
    m.fit_bounds(_bounds(coverage, teams))
    if admin is not None:
        _add_borders(m, admin, words)
    numbers = _numbers(coverage)
    classes = _classes(coverage, placement)
    for name in _CLASSES:
        _add_class(m, coverage.cells.loc[classes == name], name, words[name].format(**numbers))
    _add_teams(m, teams, words["teams"])
    if placement is not None:
        _add_sites(m, placement, words)
    folium.LayerControl(collapsed=False).add_to(m)
    shown = [name for name in _CLASSES if (classes == name).any()]
    _add_frame(m, coverage, placement, shown=shown, lang=lang)
    number_elements(m.get_root())
    return render_offline(m)


def _numbers(coverage: Coverage) -> dict[str, float]:
    return {
        "minutes": coverage.minutes,
        "half": coverage.minutes / 2,
        "late": coverage.minutes + _LATE_MIN,
    }


def _classes(coverage: Coverage, placement: Placement | None) -> pd.Series:
    """Class of each cell, by minutes and by what the new sites gain."""
    cells, numbers = coverage.cells, _numbers(coverage)
    arrival = cells["arrival_min"].fillna(np.inf)
    classes = np.select(
        [
            cells["is_covered"] & (arrival <= numbers["half"]),
            cells["is_covered"],
            _gained(coverage, placement),
            arrival <= numbers["late"],
        ],
        ["soon", "covered", "gained", "late"],
        default="far",
    )
    return pd.Series(classes, index=cells.index)


def _gained(coverage: Coverage, placement: Placement | None) -> pd.Series:
    if placement is None:
        return pd.Series(data=False, index=coverage.cells.index)
    gained: pd.Series = coverage.cells["cell_id"].isin(placement.gained_cells)
    return gained


def _bounds(coverage: Coverage, teams: gpd.GeoDataFrame) -> list[list[float]]:
    held = coverage.cells if len(coverage.cells) else teams
    west, south, east, north = held.total_bounds if len(held) else (116.5, 28.6, 118.0, 30.1)
    return [[float(south), float(west)], [float(north), float(east)]]


def _add_borders(m: folium.Map, admin: gpd.GeoDataFrame, words: dict[str, str]) -> None:
    counties = admin.loc[admin["level"].eq("county")]
    if counties.empty:
        return
    lines = counties.geometry.simplify(0.0005)
    folium.GeoJson(
        lines.to_json(),
        name=words["borders"],
        style_function=lambda _: {"color": "#5b6770", "weight": 1.5, "fill": False},
    ).add_to(m)


def _add_class(m: folium.Map, cells: gpd.GeoDataFrame, name: str, label: str) -> None:
    """The cells of one class as one shape: 5,000 squares would be a page of 3 MB."""
    if cells.empty:
        return
    style = {"color": _COLOURS[name], "weight": 0, "fillColor": _COLOURS[name], "fillOpacity": 0.62}
    shape = gpd.GeoSeries([cells.geometry.union_all()], crs=cells.crs).set_precision(1e-5)
    folium.GeoJson(shape.to_json(), name=label, style_function=lambda _: style).add_to(m)


def _add_teams(m: folium.Map, teams: gpd.GeoDataFrame, label: str) -> None:
    layer = folium.FeatureGroup(name=label)
    points = available_teams(teams)
    for name, place in zip(points["name"], points.geometry.representative_point(), strict=True):
        folium.CircleMarker(
            [place.y, place.x],
            radius=4.5,
            color="#ffffff",
            weight=1.5,
            fill=True,
            fill_color="#22282d",
            fill_opacity=1.0,
            tooltip=_text(name),
        ).add_to(layer)
    layer.add_to(m)


def _add_sites(m: folium.Map, placement: Placement, words: dict[str, str]) -> None:
    layer = folium.FeatureGroup(name=words["sites"])
    for row in placement.sites.to_dict("records"):
        gain = words["gain"].format(gain=row["gain_ha"])
        icon = folium.DivIcon(
            html=f'<div class="siting-site">{int(row["rank"])}</div>',
            icon_size=(28, 28),
            icon_anchor=(14, 14),
            class_name="siting-icon",
        )
        tip = _text(f"{row['rank']}. {row['name']} · {gain}")
        folium.Marker([row["lat"], row["lon"]], icon=icon, tooltip=tip).add_to(layer)
    layer.add_to(m)


def _add_frame(
    m: folium.Map,
    coverage: Coverage,
    placement: Placement | None,
    *,
    shown: list[str],
    lang: str,
) -> None:
    words, numbers = _WORDS[lang], _numbers(coverage)
    answer = coverage if placement is None else placement
    sentence = answer.sentence_zh if lang == "zh" else answer.sentence_en
    legend = "".join(
        f'<li><i style="background:{_COLOURS[name]}"></i>'
        f"{html.escape(words[name].format(**numbers))}</li>"
        for name in shown
    )
    box = (
        f'<details class="siting-box" open><summary>{words["title"]}</summary>'
        f"<p>{html.escape(sentence)}</p>"
        f"<ul>{legend}</ul>{_county_table(coverage, words)}<p><small>{words['note']}</small></p>"
        "</details>"
    )
    root: Any = m.get_root()
    root.title = words["title"]
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    root.header.add_child(Raw(view), name="view")
    root.html.add_child(Raw(f"<style>{_STYLE}</style>{box}"), name="frame")


def _county_table(coverage: Coverage, words: dict[str, str]) -> str:
    if coverage.by_county.empty:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(words['unknown'] if pd.isna(name) else str(name))}</td>"
        f'<td class="num">{share:.1%}</td></tr>'
        for name, share in zip(
            coverage.by_county["county"], coverage.by_county["share"], strict=True
        )
    )
    head = f'<tr><th>{words["counties"]}</th><th class="num">{words["share"]}</th></tr>'
    return f"<table>{head}{rows}</table>"


def _text(value: object) -> str:
    """Outside text for a tooltip: no markup, and nothing that ends Folium's JavaScript string."""
    escaped = html.escape(str(value))
    return escaped.replace("\\", "&#92;").replace("`", "&#96;").replace("$", "&#36;")
