"""Base maps under the fires: none, a tile server, Tianditu with labels, tiles of this computer.

What belongs here: from the one setting ``tile_url`` to the layers Leaflet draws and the hosts a
page may ask. The page's own relief lies under all of them and shows when they do not come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jdzfire.errors import SettingsError
from jdzfire.maps.offline import check_tile_url, tile_origin

LOCAL = "local"
"""Setting for the base map that ``jdzfire basemap`` unpacked beside the editions."""

OSM_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
"""[K] Its rules of use ask for the attribution and forbid bulk loading."""

_TIANDITU = (
    "https://t{s}.tianditu.gov.cn/%(layer)s_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER=%(layer)s&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=%(key)s"
)
"""WMTS of the national platform, web Mercator matrix set ``w``, CGCS2000 [K]."""
_TIANDITU_LABELS = {"vec": "cva", "img": "cia", "ter": "cta"}
"""Ground layer -> its layer of labels [K]."""

_PRESET = re.compile(r"^tianditu(?:-(vec|img|ter))?:([0-9A-Za-z]+)$")
_FOLDER = re.compile(r"^(?:\.{1,2}/)*[\w./-]*\{z\}/\{x\}/\{y\}\.(?:png|jpg|jpeg|webp)$")


@dataclass(frozen=True)
class BaseLayer:
    """One layer of tiles in web Mercator, WGS84 or CGCS2000."""

    url: str
    """Address with ``{z}``, ``{x}``, ``{y}``, perhaps ``{s}``; relative for a folder."""
    subdomains: str = "abc"
    max_native_zoom: int = 18
    """Deepest zoom the tiles are there for; beyond it they are stretched."""
    is_label: bool = False
    """Drawn over the ground, names only."""
    credit: str = ""
    """Who must be named."""
    min_zoom: int = 0
    """Shallowest zoom at which it is drawn."""
    zooms: Mapping[int, tuple[int, int, int, int]] = field(default_factory=dict)
    """Of the unpacked base map: zoom -> first and last column, first and last row."""

    @property
    def is_local(self) -> bool:
        """Whether the tiles lie in a folder beside the page."""
        return not urlsplit(self.url).scheme


def base_layers(tile_url: str | None) -> tuple[BaseLayer, ...]:
    """Layers of a base map, the lowest first; none without a setting.

    Parameters
    ----------
    tile_url : str, optional
        ``osm``; ``tianditu:KEY`` (roads; ``tianditu-img:KEY`` pictures, ``tianditu-ter:KEY``
        relief), each with its labels; what :func:`local_tile_url` made of the unpacked base
        map; ``tiles/{z}/{x}/{y}.png``, a folder beside the page; or the address of any other
        tile server.

    Raises
    ------
    SettingsError
        An address that cannot be used.

    Examples
    --------
    >>> [layer.is_label for layer in base_layers("tianditu:k1")]
    [False, True]
    >>> base_layers("tiles/{z}/{x}/{y}.png")[0].is_local
    True
    """
    if tile_url is None:
        return ()
    if tile_url == "osm":
        return (BaseLayer(OSM_URL, credit="© OpenStreetMap"),)
    if tile_url.partition(":")[0] == LOCAL:
        return (_local_layer(tile_url),)
    preset = _PRESET.match(tile_url)
    if preset:
        ground, key = preset[1] or "vec", preset[2]
        return tuple(
            BaseLayer(
                _TIANDITU % {"layer": layer, "key": key},
                subdomains="01234567",
                is_label=layer != ground,
                credit="© 天地图" if layer == ground else "",
            )
            for layer in (ground, _TIANDITU_LABELS[ground])
        )
    if ":" in tile_url:
        return (BaseLayer(check_tile_url(tile_url), subdomains=_subdomains(tile_url)),)
    if not _FOLDER.match(tile_url):
        raise SettingsError(
            "the tile folder cannot be used",
            expected="osm, local, tianditu:KEY, tiles/{z}/{x}/{y}.png beside the page, or https://...",
            found="another text",
            remedy="unpack MBTiles or PMTiles with jdzfire basemap, then set tile_url = 'local'",
        )
    return (BaseLayer(tile_url, max_native_zoom=14),)


def local_tile_url(
    zooms: Mapping[int, tuple[int, int, int, int]], extension: str, credit: str
) -> str:
    """The setting ``local`` with what is known of the base map that was unpacked.

    Parameters
    ----------
    zooms : mapping
        Zoom -> first and last column, first and last row of the tiles that are there.
    extension : str
        ``png``, ``jpg`` or ``webp``.
    credit : str
        Who must be named.

    Examples
    --------
    >>> layer = base_layers(local_tile_url({9: (420, 424, 210, 214)}, "png", "OSM"))[0]
    >>> (layer.min_zoom, layer.max_native_zoom, layer.credit, layer.is_local)
    (9, 9, 'OSM', True)
    """
    description = {"zooms": zooms, "extension": extension, "credit": credit}
    return f"{LOCAL}:{json.dumps(description, ensure_ascii=False)}"


def _local_layer(tile_url: str) -> BaseLayer:
    try:
        description = json.loads(tile_url.partition(":")[2])
        zooms = {int(zoom): _four(ends) for zoom, ends in description["zooms"].items()}
        extension = {"png": "png", "jpg": "jpg", "webp": "webp"}[description["extension"]]
        first, last = min(zooms), max(zooms)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            "no base map was unpacked",
            expected="one in the folder published/basemap",
            remedy="run jdzfire basemap FILE, or leave tile_url out",
        ) from error
    return BaseLayer(
        f"basemap/{{z}}/{{x}}/{{y}}.{extension}",
        max_native_zoom=last,
        credit=str(description["credit"]),
        min_zoom=first,
        zooms=zooms,
    )


def _four(ends: list[int]) -> tuple[int, int, int, int]:
    first_column, last_column, first_row, last_row = map(int, ends)
    return first_column, last_column, first_row, last_row


def _subdomains(tile_url: str) -> str:
    return "01234567" if "tianditu" in urlsplit(tile_url).netloc else "abc"


def picture_sources(layers: tuple[BaseLayer, ...]) -> tuple[str, ...]:
    """What a content policy must let pictures come from; ``file:`` for a page from a folder."""
    found = [
        source
        for layer in layers
        for source in (("'self'", "file:") if layer.is_local else (tile_origin(layer.url),))
    ]
    return tuple(dict.fromkeys(found))
