"""Layer styles as QGIS keeps them: QML, and the table ``layer_styles`` it reads."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from jdzfire.board import labels
from jdzfire.board.labels import Lang

LAYER_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""
"""As QGIS 3 makes it in a GeoPackage [K]."""

_QGIS_VERSION = "3.28.0"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def verdict_style(lang: Lang, *, is_polygon: bool) -> str:
    """QML that draws each verdict its own way, by the column ``verdict``."""
    root, renderer = _root(is_polygon, kind="categorizedSymbol")
    renderer.set("attr", "verdict")
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, (verdict, sign) in enumerate(SIGNS.items()):
        ElementTree.SubElement(
            categories,
            "category",
            {
                "value": verdict,
                "symbol": str(number),
                "label": labels.verdict_name(verdict, lang),
                "render": "true",
                "type": "string",
            },
        )
        symbols.append(_symbol(str(number), sign, is_polygon=is_polygon))
    return _text(root)


def plain_point_style(colour: str, shape: str, *, is_hollow: bool = False) -> str:
    """QML of one marker for all; ``colour`` is RRGGBB, a hollow one has it on its edge only."""
    return _single(Sign(colour, shape, 0.4, "solid"), is_polygon=False, is_hollow=is_hollow)


def plain_polygon_style(colour: str) -> str:
    """QML of one outline and a thin filling for all."""
    return _single(Sign(colour, "square", 0.5, "dash"), is_polygon=True)


def _single(sign: Sign, *, is_polygon: bool, is_hollow: bool = False) -> str:
    root, renderer = _root(is_polygon, kind="singleSymbol")
    symbols = ElementTree.SubElement(renderer, "symbols")
    symbols.append(_symbol("0", sign, is_polygon=is_polygon, is_hollow=is_hollow))
    return _text(root)


def _root(is_polygon: bool, *, kind: str) -> tuple[ElementTree.Element, ElementTree.Element]:
    root = ElementTree.Element("qgis", {"version": _QGIS_VERSION, "styleCategories": "Symbology"})
    renderer = ElementTree.SubElement(
        root,
        "renderer-v2",
        {"type": kind, "forceraster": "0", "symbollevels": "0", "enableorderby": "0"},
    )
    ElementTree.SubElement(root, "blendMode").text = "0"
    ElementTree.SubElement(root, "layerGeometryType").text = "2" if is_polygon else "0"
    return root, renderer


def _symbol(
    name: str, sign: Sign, *, is_polygon: bool, is_hollow: bool = False
) -> ElementTree.Element:
    kind, layer_class = ("fill", "SimpleFill") if is_polygon else ("marker", "SimpleMarker")
    symbol = ElementTree.Element(
        "symbol",
        {"name": name, "type": kind, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
    )
    layer = ElementTree.SubElement(
        symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = ElementTree.SubElement(layer, "Option", {"type": "Map"})
    for key, value in _options(sign, is_polygon=is_polygon, is_hollow=is_hollow).items():
        ElementTree.SubElement(options, "Option", {"type": "QString", "name": key, "value": value})
    return symbol


def _options(sign: Sign, *, is_polygon: bool, is_hollow: bool) -> dict[str, str]:
    red, green, blue = (int(sign.colour[i : i + 2], 16) for i in (0, 2, 4))
    is_edged = is_polygon or is_hollow
    line = {
        "outline_color": f"{red},{green},{blue},255" if is_edged else "35,35,35,255",
        "outline_style": sign.dash if is_polygon else "solid",
        "outline_width": str(sign.width_mm if is_edged else 0.2),
        "outline_width_unit": "MM",
    }
    if is_polygon:
        return {"color": f"{red},{green},{blue},80", "style": "solid", **line}
    return {
        "color": f"{red},{green},{blue},{0 if is_hollow else 255}",
        "name": sign.shape,
        "size": "3",
        "size_unit": "MM",
        **line,
    }


def _text(root: ElementTree.Element) -> str:
    return _DOCTYPE + ElementTree.tostring(root, encoding="unicode")


@dataclass(frozen=True)
class Sign:
    """How one verdict is drawn."""

    colour: str
    """RRGGBB."""
    shape: str
    """Marker of QGIS."""
    width_mm: float
    """Outline."""
    dash: str
    """Line style of QGIS."""


SIGNS = {
    "unresolved": Sign("d25837", "diamond", 0.9, "solid"),
    "permit_violation": Sign("ee8901", "triangle", 0.9, "dash"),
    "permitted": Sign("177c66", "square", 0.4, "solid"),
    "heat_source": Sign("543acd", "pentagon", 0.4, "dash dot"),
    "outside_forest": Sign("506775", "circle", 0.4, "dot"),
}
"""Verdict -> sign, the most urgent first; --level-1, --level-2, --permitted, --heat-source and
--outside-forest of the page."""

TEAM_COLOUR = "4275a4"
"""--team of the page by day."""
