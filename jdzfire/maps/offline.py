"""A Folium page without the network: every library inlined, every unknown address refused.

What belongs here: from the HTML Folium writes, with its links to content networks, to one file
that needs nothing else. The files are in ``assets``, at the versions Folium asks for.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import folium

from jdzfire.errors import JdzfireError, SettingsError

_CDN = "https://cdn.jsdelivr.net"
_CDNJS = "https://cdnjs.cloudflare.com/ajax/libs"

KNOWN_ASSETS = {
    f"{_CDN}/npm/leaflet@1.9.3/dist/leaflet.js": "leaflet/leaflet.js",
    f"{_CDN}/npm/leaflet@1.9.3/dist/leaflet.css": "leaflet/leaflet.css",
    "https://code.jquery.com/jquery-3.7.1.min.js": "jquery/jquery.min.js",
    f"{_CDNJS}/leaflet-groupedlayercontrol/0.6.1/leaflet.groupedlayercontrol.min.js": (
        "leaflet-groupedlayercontrol/leaflet.groupedlayercontrol.min.js"
    ),
    f"{_CDNJS}/leaflet-groupedlayercontrol/0.6.1/leaflet.groupedlayercontrol.min.css": (
        "leaflet-groupedlayercontrol/leaflet.groupedlayercontrol.min.css"
    ),
    f"{_CDN}/npm/leaflet.fullscreen@3.0.0/Control.FullScreen.min.js": (
        "leaflet.fullscreen/Control.FullScreen.js"
    ),
    f"{_CDN}/npm/leaflet.fullscreen@3.0.0/Control.FullScreen.css": (
        "leaflet.fullscreen/Control.FullScreen.css"
    ),
    f"{_CDN}/gh/ardhi/Leaflet.MousePosition/src/L.Control.MousePosition.min.js": (
        "leaflet-mouse-position/L.Control.MousePosition.js"
    ),
    f"{_CDN}/gh/ardhi/Leaflet.MousePosition/src/L.Control.MousePosition.min.css": (
        "leaflet-mouse-position/L.Control.MousePosition.css"
    ),
}
"""Address Folium writes -> file in ``assets``."""

_UNNEEDED = {
    f"{_CDN}/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js",
    f"{_CDN}/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css",
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
    f"{_CDNJS}/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js",
    f"{_CDNJS}/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css",
    f"{_CDN}/npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css",
    f"{_CDN}/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css",
}
"""Addresses every default Folium map links and few use; their links are dropped."""

_USES_UNNEEDED = ("L.AwesomeMarkers",)
"""Words that show a page does use one of them (``folium.Icon``)."""

_SCRIPT_LINK = re.compile(r'<script\s+src="([^"]*)"\s*>\s*</script>')
_STYLE_LINK = re.compile(r'<link\s+rel="stylesheet"\s+href="([^"]*)"\s*/?>')
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)")
_MERE_TEXT = re.compile(r'(<script type="application/json[^>]*>|<title>)[^<]*(</script>|</title>)')
"""What a browser shows or parses and never asks: outside text may hold an address there."""
_ADDRESS = re.compile(r"""(?:https?:|wss?:)?//[\w.{}\[\]:-]+\.[\w{}]+[^\s"'<>)\\]*""")
_SOURCE_MAP = re.compile(r"(?m)^//[#@] sourceMappingURL=.*$\n?")
_MEDIA = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif", "woff2": "font/woff2"}
_NAMESPACES = ("http://www.w3.org/",)


def render_offline(m: folium.Map, *, allow: tuple[str, ...] = ()) -> str:
    """One self-contained HTML page of a Folium map.

    Parameters
    ----------
    m : folium.Map
        Any map whose assets are in ``KNOWN_ASSETS``.
    allow : tuple of str
        Origins (``https://host``) the page may ask, for a configured tile server.

    Returns
    -------
    str
        HTML with all scripts, styles and pictures inside.

    Raises
    ------
    JdzfireError
        The page links or names an address that is neither known nor allowed.
    """
    return inline_assets(m.get_root().render(), allow=allow)


def inline_assets(html: str, *, allow: tuple[str, ...] = ()) -> str:
    """The page with its known links replaced by their content; see ``render_offline``."""
    without_data = _MERE_TEXT.sub(r"\1\2", html)
    for mark in _USES_UNNEEDED:
        if mark in without_data:
            raise _unknown(mark, "an icon library that is not shipped")
    _refuse_unknown(without_data, allow)
    html = _SCRIPT_LINK.sub(lambda found: _inline(found[1], "script"), html)
    return _STYLE_LINK.sub(lambda found: _inline(found[1], "style"), html)


def _refuse_unknown(html: str, allow: tuple[str, ...]) -> None:
    """Every address outside data and title must be known, allowed, or a mere namespace."""
    for address in _ADDRESS.findall(html):
        known = address in KNOWN_ASSETS or address in _UNNEEDED
        if not known and not address.startswith(_NAMESPACES) and _origin(address) not in allow:
            raise _unknown(address.partition("?")[0], "an address the page would ask")
    for address in [*_SCRIPT_LINK.findall(html), *_STYLE_LINK.findall(html)]:
        if address not in KNOWN_ASSETS and address not in _UNNEEDED:
            raise _unknown(address, "a link")


def _unknown(address: str, found: str) -> JdzfireError:
    return JdzfireError(
        "the page would need the network",
        expected="only libraries shipped in publish/assets",
        found=f"{address} ({found})",
        remedy="draw it without this plugin, or ship its files and name them in KNOWN_ASSETS",
    )


def _inline(address: str, element: str) -> str:
    if address in _UNNEEDED:
        return ""
    return f"<{element}>\n{_asset_text(KNOWN_ASSETS[address])}\n</{element}>"


@cache
def _asset_text(name: str) -> str:
    text = _asset(name).decode("utf-8")
    text = _SOURCE_MAP.sub("", text)
    if name.endswith(".css"):
        folder = name.rpartition("/")[0]
        return _CSS_URL.sub(lambda found: f"url({_data_uri(folder, found[1])})", text)
    if name == "leaflet/leaflet.js":
        return text + _marker_icons()
    return text.replace("</script", "<\\/script")


def _asset(name: str) -> bytes:
    return files("jdzfire.maps").joinpath("assets", *name.split("/")).read_bytes()


def _data_uri(folder: str, reference: str) -> str:
    if reference.startswith(("data:", "#")):
        return reference
    path = f"{folder}/{reference.split('?')[0].split('#')[0]}"
    encoded = base64.b64encode(_asset(path)).decode("ascii")
    return f"data:{_MEDIA[path.rpartition('.')[2]]};base64,{encoded}"


def _marker_icons() -> str:
    """Leaflet seeks its marker pictures beside its style sheet, and here there is none."""
    icons = {
        "iconUrl": "marker-icon.png",
        "iconRetinaUrl": "marker-icon-2x.png",
        "shadowUrl": "marker-shadow.png",
    }
    options = ",".join(
        f'{key}:"{_data_uri("leaflet/images", name)}"' for key, name in icons.items()
    )
    return f'\nL.Icon.Default.imagePath="";L.Icon.Default.mergeOptions({{{options}}});\n'


def _origin(address: str) -> str:
    parts = urlsplit(address if ":" in address.split("//")[0] else f"https:{address}")
    return f"{parts.scheme}://{parts.netloc}"


def check_tile_url(tile_url: str) -> str:
    """A tile address Leaflet can use, as it is.

    Raises
    ------
    SettingsError
        Not http(s), or without ``{x}``, ``{y}`` and ``{z}``. Nothing behind the host is named,
        since it may hold a key.
    """
    parts = urlsplit(tile_url)
    named = all(mark in tile_url for mark in ("{x}", "{y}", "{z}"))
    if parts.scheme not in ("http", "https") or not parts.netloc or not named:
        raise SettingsError(
            "the tile address cannot be used",
            expected="https://host/.../{z}/{x}/{y}..., WGS84 or CGCS2000",
            found=f"scheme {parts.scheme or 'none'}, host {parts.netloc or 'none'}",
            remedy="set tile_url to a web Mercator tile server, or leave it out",
        )
    if re.search(r"""[\s"'<>;\\]""", tile_url) or "@" in parts.netloc:
        raise SettingsError("the tile address holds a character no address holds")
    return tile_url


def tile_origin(tile_url: str) -> str:
    """Origin of a tile address as a content policy writes it.

    Examples
    --------
    >>> tile_origin("https://t{s}.tianditu.gov.cn/vec_w/{z}/{x}/{y}")
    'https://*.tianditu.gov.cn'
    """
    origin = _origin(tile_url)
    scheme, _, host = origin.partition("://")
    first, _, rest = host.partition(".")
    return f"{scheme}://*.{rest}" if "{" in first else origin
