"""Folium's map and layers, and the frame of a page around them, without its data.

What belongs here: which layers there are, in which group, and how the pieces become one HTML
file. What a marker or a popup looks like is in ``templates``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.map import CustomPane
from folium.plugins import Fullscreen, GroupedLayerControl, MousePosition
from folium.raster_layers import ImageOverlay
from folium.template import Template
from folium.utilities import JsCode

from jdzfire.board.labels import Lang
from jdzfire.maps.basemaps import BaseLayer, picture_sources
from jdzfire.maps.offline import render_offline
from jdzfire.maps.packed import embed_json
from jdzfire.maps.relief import Relief
from jdzfire.maps.shells import DATA

NAVIGATION = ("https://uri.amap.com", "https://apis.map.qq.com", "https://api.map.baidu.com")
"""Hosts the cards link to, for navigation on a phone; the page itself asks none of them."""

_LEAFLET = "leaflet"
_SCRIPTS = (
    "document.js",
    "dom.js",
    "state.js",
    "clock.js",
    "shapes.js",
    "markers.js",
    "navigate.js",
    "popups.js",
    "sheet.js",
    "names.js",
    "base.js",
    "dots.js",
    "areas.js",
    "signs.js",
    "routes.js",
    "fires.js",
    "bar.js",
    "panel.js",
    "filters.js",
    "timebar.js",
    "search.js",
    "measure.js",
    "renew.js",
    "keys.js",
    "desk.js",
    "page.js",
)
_GROUPS: dict[str, tuple[tuple[str, bool], ...]] = {
    "group_event": (
        ("unresolved", True),
        ("violation", True),
        ("hotspots", True),
        ("closed", False),
    ),
    "group_explained": (("permitted", True), ("heat_source", True), ("outside_forest", True)),
    "group_register": (("permits", True), ("sources", True), ("teams", True), ("zones", True)),
    "group_base": (("looks", False), ("borders", True), ("roads", True), ("places", True)),
}
"""Groups of the layer control -> layers in it, and whether each is shown at first."""

_PANES = {
    "relief": 150, "tile_labels": 220, "ground": 250, "areas": 410, "dots": 420, "labels": 450,
    "signs": 640,
}  # fmt: skip
"""Panes beside Leaflet's own (tiles 200, vectors 400, markers 600), by z-index."""

_POLICY_MARK = "content-policy-goes-here"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
"""Scripts that run; data blocks name a type."""


def draw_shell(
    texts: Mapping[str, Any],
    *,
    lang: Lang,
    bounds: Sequence[float],
    relief: Relief | None,
    tiles: tuple[BaseLayer, ...],
) -> str:
    """A duty map without its data: what is the same from one cycle to the next.

    Parameters
    ----------
    texts : mapping
        ``title`` and ``words`` of the language the page speaks at first.
    lang : {"zh", "en"}
    bounds : sequence of float [degree]
        West, south, east, north of what it opens on.
    relief : Relief, optional
    tiles : tuple of BaseLayer

    Returns
    -------
    str
        HTML with :data:`DATA` in it, and its content policy.
    """
    m = _folium_map(bounds, texts["words"], relief, tiles)
    _add_page(m, texts["title"])
    page = render_offline(m, allow=(*NAVIGATION, *map(_literal_origin, tiles)))
    page = page.replace("<html>", f'<html lang="{"zh-CN" if lang == "zh" else "en"}">', 1)
    return page.replace(_POLICY_MARK, page_policy(page, picture_sources(tiles)), 1)


class BoardMap(folium.Map):
    """Folium's map without the libraries this page does not use."""

    default_js = [pair for pair in folium.Map.default_js if pair[0] == _LEAFLET]  # noqa: RUF012
    default_css = [pair for pair in folium.Map.default_css if pair[0] == "leaflet_css"]  # noqa: RUF012


class Raw(Element):
    """Text put into the page as it is; Folium would read it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """The text."""
        return self.text


class _Start(MacroElement):
    """Hands map and layers to the page's script once Folium has made them."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            jdzfireBoard({{ this._parent.get_name() }}, {
                {%- for key, layer in this.layers.items() %}
                {{ key|tojson }}: {{ layer.get_name() }},
                {%- endfor %}
            });
        {% endmacro %}
        """
    )

    def __init__(self, layers: dict[str, Any]) -> None:
        MacroElement.__init__(self)  # type: ignore[no-untyped-call]
        self._name = "Start"
        self.layers = layers


def _make(kind: Any) -> Any:
    """A class of Folium's without annotations, as the type checker may call it."""
    return kind


def name_element(element: Any, name: str) -> Any:
    """The element with an id of its own name: Folium's are random, the page's bytes must not be."""
    element._id = name
    return element


def start_map(
    name: str, bounds: Sequence[float], *, panes: Mapping[str, int], min_zoom: int, **options: Any
) -> BoardMap:
    """An empty map of a page: no tiles, on canvas, with panes of its own by z-index.

    Parameters
    ----------
    name : str
        Part of the ids in the page.
    bounds : sequence of float [degree]
        West, south, east, north; its middle is where the map begins.
    panes : mapping of str to int
    min_zoom : int
    options
        Further ones of Folium's map.
    """
    west, south, east, north = bounds
    m = BoardMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=9,
        attribution_control=False,
        zoom_snap=0.25,
        prefer_canvas=True,
        **options,
    )
    name_element(m, name)
    m.options |= {"minZoom": min_zoom, "maxZoom": 18}
    for pane, z_index in panes.items():
        name_element(CustomPane(pane, z_index=z_index), pane).add_to(m)
    return m


def _folium_map(
    bounds: Sequence[float],
    text: dict[str, str],
    relief: Relief | None,
    base: tuple[BaseLayer, ...],
) -> Any:
    m = start_map("board", bounds, panes=_PANES, min_zoom=6, zoom_control=False)
    layers = _layers(m, text, relief, base)
    _add_controls(m, text, layers)
    name_element(
        _Start({key: layer for group in layers.values() for key, layer in group.items()}), "page"
    ).add_to(m)
    return m


def _layers(
    m: Any, words: dict[str, str], relief: Relief | None, base: tuple[BaseLayer, ...]
) -> dict[str, dict[str, Any]]:
    """Layers by group and key, in the order of the layer control."""
    found: dict[str, dict[str, Any]] = {}
    for group, members in _GROUPS.items():
        for key, shown in members:
            layer = folium.FeatureGroup(name=words[f"layer_{key}"], show=shown)
            found.setdefault(group, {})[key] = name_element(layer, key)
    ground = found["group_base"]
    if relief is not None:
        picture = relief_picture(relief, words["layer_relief"])
        ground["relief"] = name_element(picture, "relief_picture")
    for tiles in base:
        key = "tile_labels" if tiles.is_label else "tiles"
        ground[key] = name_element(_tile_layer(tiles, words, key), key)
    for group_layers in found.values():
        for layer in group_layers.values():
            layer.add_to(m)
    return found


def relief_picture(relief: Relief, name: str) -> Any:
    """Leaflet's layer of the relief, in the pane of that name."""
    west, south, east, north = relief.bounds
    return ImageOverlay(
        relief.data_uri,
        [[south, west], [north, east]],
        name=name,
        pane="relief",
        pixelated=False,
    )


def _tile_layer(tiles: BaseLayer, words: dict[str, str], key: str) -> Any:
    """Leaflet's layer of a base map; the page's own script gives the place of its tiles."""
    options: dict[str, Any] = {"pane": "tile_labels"} if tiles.is_label else {}
    url = tiles.url
    if tiles.zooms:
        tile_json = embed_json({"path": url, "zooms": dict(sorted(tiles.zooms.items()))})
        url, options["place"] = "{place}", JsCode(f"jdzfireTiles({tile_json})")
    return _make(folium.TileLayer)(
        url,
        attr=" ",  # the page names the makers in its foot
        name=words["layer_local_tiles" if tiles.is_local else f"layer_{key}"],
        min_zoom=tiles.min_zoom,
        max_zoom=18,
        max_native_zoom=tiles.max_native_zoom,
        subdomains=tiles.subdomains,
        **options,
    )


def _add_controls(m: Any, words: dict[str, str], layers: dict[str, dict[str, Any]]) -> None:
    control: Any = _make(GroupedLayerControl)(
        {words[group]: list(members.values()) for group, members in layers.items()},
        exclusive_groups=False,
        collapsed=False,
    )
    control.layers_untoggle = sorted(control.layers_untoggle)
    name_element(control, "layers").add_to(m)
    fullscreen = _make(Fullscreen)(
        position="topright",
        title=words["fullscreen"],
        title_cancel=words["fullscreen_exit"],
        force_separate_button=True,
        fullscreen_element=JsCode("document.documentElement"),
    )
    name_element(fullscreen, "fullscreen").add_to(m)
    position = _make(MousePosition)(
        position="bottomright", separator=", ", empty_string="WGS84", prefix="WGS84", lng_first=True
    )
    name_element(position, "position").add_to(m)


def read_template(name: str) -> str:
    """Text of a file in ``templates``."""
    return files("jdzfire.maps").joinpath("templates", name).read_text("utf-8")


def add_code(figure: Any, start: str, data: str, scripts: tuple[str, ...]) -> None:
    """The page's script: one function Folium's map is handed to, that reads the data first."""
    code = "\n".join(read_template(name) for name in scripts)
    head, tail = read_template("start.js").split("/* all other files */")
    head = head.replace("START", start).replace("DATA", data)
    figure.script.add_child(Raw(f"{read_template('tiles.js')}{head}{code}{tail}"), name="code")


def _add_page(m: Any, title: str) -> None:
    """Head, frame, a place for the data and script of the page around Folium's map."""
    figure = m.get_root()
    figure.title = html.escape(title)
    figure.header.add_child(
        Raw(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY_MARK}">'),
        name="policy",
        index=0,
    )
    figure.header.add_child(
        Raw('<meta name="viewport" content="width=device-width, initial-scale=1">'), name="view"
    )
    figure.html.add_child(Raw(f"<style>\n{read_template('page.css')}\n</style>"), name="style")
    figure.html.add_child(Raw(read_template("page.html")), name="frame")
    figure.html.add_child(Raw(DATA), name="data")
    add_code(figure, "jdzfireBoard", "board-data", _SCRIPTS)


def _literal_origin(layer: BaseLayer) -> str:
    """The origin as written in the page, with its ``{s}``."""
    scheme, _, rest = layer.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def page_policy(page: str, tiles: tuple[str, ...]) -> str:
    """Content policy: only these scripts by their hash, pictures from the page or the tiles."""
    hashes = [
        base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")
        for code in _SCRIPT.findall(page)
    ]
    scripts = " ".join(f"'sha256-{value}'" for value in dict.fromkeys(hashes))
    pictures = " ".join(["data:", *tiles])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        f"img-src {pictures}; connect-src 'self'; font-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
