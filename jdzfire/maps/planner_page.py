"""The planner's page: today beside a plan, with minutes and teams to choose; offline.

Every answer on it was computed before: the page only adds up which blocks are reached in time.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.board.labels import check_lang
from jdzfire.maps.offline import render_offline
from jdzfire.maps.packed import embed_json
from jdzfire.maps.raw import Raw, number_elements
from jdzfire.siting.relocation import TeamPlan

NEVER = 255
"""Minutes of a block nobody reaches in time, as the page holds them."""
_BORDER_TOLERANCE_DEG = 0.001

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "扑火队伍布局：现状与方案",
        "other": "EN",
        "minutes": "到达时限（分钟）",
        "teams_moved": "右侧方案：调整队数",
        "weight": "权重",
        "team": "队伍",
        "first_team": "第一支到达",
        "second": "第二支到达",
        "fires": "预计火情",
        "forest": "林地面积",
        "people": "人口",
        "layout": "布局",
        "today": "现状",
        "plan": "方案",
        "plan_moves": "调动{n}队",
        "plan_add": "增设{n}队",
        "county": "县（市、区）",
        "reached": "{n}分钟内到达",
        "change": "比现状（百分点）",
        "min": "分钟",
        "never": "无法及时到达",
        "step_move": "{team} → {site}：+{gain}（原覆盖减少 {lost}）",
        "step_add": "增设 {site}：+{gain}",
        "proven": "在候选点和规则内已证明为最优（按 {n} 分钟求解）。",
        "bounded": "与可能的最优至多差 {gap}（按 {n} 分钟求解，限时内未证明最优）。",
        "notes": "登记资料有 {n} 处缺陷会影响时间，详见命令输出。",
        "note": "公路行车加步行，自接警起算，含出动时间；500 米格。",
    },
    "en": {
        "title": "Where the teams stand: today and plans",
        "other": "中文",
        "minutes": "Minutes",
        "teams_moved": "Plan on the right: steps",
        "weight": "Weight",
        "team": "Team",
        "first_team": "first team",
        "second": "second team",
        "fires": "expected fires",
        "forest": "forest area",
        "people": "people",
        "layout": "Layout",
        "today": "Today",
        "plan": "Plan",
        "plan_moves": "{n} moved",
        "plan_add": "{n} added",
        "county": "County",
        "reached": "within {n} min",
        "change": "against today (points)",
        "min": "min",
        "never": "not in time",
        "step_move": "{team} → {site}: +{gain} (no longer reached {lost})",
        "step_add": "new team at {site}: +{gain}",
        "proven": "Proven best among these sites and rules (solved for {n} min).",
        "bounded": "At most {gap} below the best (solved for {n} min, not proven in time).",
        "notes": "",
        "note": "By road and on foot, from the alarm, turn-out included; blocks of 500 m.",
    },
}


@dataclass(frozen=True)
class Layout:
    """Teams on some sites, and when the first and the second of them come to each block."""

    plan: TeamPlan | None
    """None: the teams of today."""
    sites: tuple[int, ...]
    """Rows of the sites."""
    first: NDArray[np.float32]
    """Of each block [min]; infinite where nobody comes."""
    second: NDArray[np.float32]
    """The second team [min]."""


def draw_planner(
    blocks: pd.DataFrame,
    sites: pd.DataFrame,
    layouts: Sequence[Layout],
    *,
    counties: Sequence[str],
    borders: gpd.GeoSeries,
    block_m: float,
    within: float,
    weight: str,
    notes: Sequence[str] = (),
    lang: str = "zh",
) -> str:
    """One offline HTML page.

    Parameters
    ----------
    blocks : DataFrame
        ``lon``, ``lat`` [degree], ``county`` (number), ``forest_ha``, ``people``, ``fires``.
    sites : DataFrame
        ``name``, ``lon``, ``lat``.
    layouts : sequence of Layout
        Today first.
    counties : sequence of str
        Names the numbers stand for.
    borders : GeoSeries [EPSG:4326 polygons]
    block_m : float [m]
        Side of a block.
    within : float [min]
        Minutes the page shows at first.
    weight : {"fires", "forest", "people"}
        What the plans were made for.
    notes : sequence of str
        What the registers lack.
    lang : {"zh", "en"}
        What the page speaks at first.

    Returns
    -------
    str
        HTML; the same answer gives the same bytes.

    Raises
    ------
    UsageError
        Unknown language.
    """
    check_lang(lang)
    m = folium.Map(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25)
    m.options |= {"minZoom": 6, "maxZoom": 16}
    root: Any = m.get_root()
    number_elements(root)
    document = {
        "lang": lang,
        "map": m.get_name(),
        "texts": _TEXTS,
        "within": within,
        "weight": weight,
        "plan_weight": weight,
        "block_m": block_m,
        "blocks": {
            "lon": _ints(blocks["lon"], 1e5),
            "lat": _ints(blocks["lat"], 1e5),
            "county": blocks["county"].tolist(),
            "forest": _ints(blocks["forest_ha"], 1),
            "people": _ints(blocks["people"], 1),
            "fires": [round(value, 7) for value in blocks["fires"].tolist()],
        },
        "totals": {
            "fires": float(blocks["fires"].sum()),
            "forest": float(blocks["forest_ha"].sum()),
            "people": float(blocks["people"].sum()),
        },
        "counties": list(counties),
        "borders": _borders(borders),
        "bounds": _bounds(blocks),
        "sites": [
            {"name": str(name), "x": x, "y": y}
            for name, x, y in zip(
                sites["name"].fillna(sites["site_id"]),
                _ints(sites["lon"], 1e5),
                _ints(sites["lat"], 1e5),
                strict=True,
            )
        ],
        "layouts": [_layout(one) for one in layouts],
        "notes": list(notes),
    }
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    style = _template("planner.css")
    boxes = '<div id="right"></div><div id="bar"></div><div id="left-box"></div>'
    boxes += '<div id="right-box"></div><div id="key"></div>'
    data = f'<script type="application/json" id="plan-data">{embed_json(document)}</script>'
    root.title = _TEXTS[lang]["title"]
    root.header.add_child(Raw(view), name="view")
    root.html.add_child(Raw(f"<style>{style}</style>{boxes}{data}"), name="frame")
    root.script.add_child(Raw(f"(() => {{\n{_template('planner.js')}\n}})();"), name="planner")
    return render_offline(m)


def _layout(layout: Layout) -> dict[str, Any]:
    plan = layout.plan
    steps = [] if plan is None else plan.steps.to_dict("records")
    return {
        "sites": list(layout.sites),
        "first": _packed(layout.first),
        "second": _packed(layout.second),
        "moves": 0 if plan is None else plan.moves,
        "add": 0 if plan is None else plan.add,
        "within": None if plan is None else plan.within,
        "steps": [
            {
                "team": int(step["team"]),
                "site": int(step["site"]),
                "gain": float(step["gain"]),
                "lost": float(step["lost"]),
            }
            for step in steps
        ],
        "proof": None if plan is None else {"optimal": plan.is_optimal, "gap": plan.gap},
    }


def _packed(minutes: NDArray[np.float32]) -> str:
    """Whole minutes, rounded up, as bytes in base64."""
    whole = np.where(np.isfinite(minutes), np.ceil(minutes), NEVER)
    return base64.b64encode(np.minimum(whole, NEVER).astype(np.uint8).tobytes()).decode("ascii")


def _ints(values: pd.Series, scale: float) -> list[int]:
    found: list[int] = np.rint(values.to_numpy(float) * scale).astype(int).tolist()
    return found


def _borders(borders: gpd.GeoSeries) -> list[list[list[int]]]:
    lines = []
    for shape in borders.simplify(_BORDER_TOLERANCE_DEG):
        if shape is None or shape.is_empty:
            continue
        for ring in shapely.get_parts(shape.boundary):
            corners = np.rint(shapely.get_coordinates(ring) * 1e5).astype(int)
            lines.append(corners.tolist())
    return lines


def _bounds(blocks: pd.DataFrame) -> list[float]:
    west, east = blocks["lon"].min(), blocks["lon"].max()
    south, north = blocks["lat"].min(), blocks["lat"].max()
    return [round(float(edge), 5) for edge in (west, south, east, north)]


def _template(name: str) -> str:
    return files("jdzfire.maps").joinpath("planner", name).read_text("utf-8")
