"""Shells of pages, remembered: drawing one takes Folium half a second with its import.

A shell is all of a page but its data. It follows from the program, the language, the ground and the
base map, so it stays the same from one cycle to the next, and whoever publishes may keep it
(:func:`known_shells`) for the next process.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jdzfire.board.board import once_per_object
from jdzfire.board.labels import Lang
from jdzfire.maps.basemaps import base_layers
from jdzfire.maps.packed import embed_json

DATA = '<script type="application/json" id="data-goes-here"></script>'
"""Stands in a shell where the data of a page belong."""

_MOST = 4
"""Shells and grounds that are remembered: two languages, a base map on and off."""

_shells: OrderedDict[str, str] = OrderedDict()
_grounds: OrderedDict[str, list[float] | None] = OrderedDict()

Bounds = tuple[float, float, float, float]


def shell_of(
    texts: Mapping[str, Any],
    *,
    lang: Lang,
    bounds: Sequence[float],
    dem: Any,
    tile_url: str | None,
) -> str:
    """The shell of a duty map; see :func:`jdzfire.maps.folium_page.draw_shell`.

    Parameters
    ----------
    texts : mapping
        ``title`` and ``words``.
    lang : {"zh", "en"}
    bounds : sequence of float [degree]
    dem : xr.DataArray or None
    tile_url : str, optional

    Returns
    -------
    str
        HTML with :data:`DATA` where the data belong.
    """
    parts = [lang, texts["title"], texts["words"], list(bounds), _digest_of(dem), tile_url]
    key = hashlib.sha256(embed_json(parts).encode()).hexdigest()
    if key not in _shells:
        from jdzfire.maps.folium_page import draw_shell

        relief = _shade(dem)
        _remember(
            _shells,
            key,
            draw_shell(texts, lang=lang, bounds=bounds, relief=relief, tiles=base_layers(tile_url)),
        )
    _shells.move_to_end(key)
    return _shells[key]


def relief_bounds(dem: Any) -> Bounds | None:
    """Where the relief of an elevation grid lies [degree, WGS84]; None without one."""
    if dem is None:
        return None
    key = _digest_of(dem)
    if key not in _grounds:
        relief = _shade(dem)
        _remember(_grounds, key, None if relief is None else list(relief.bounds))
    found = _grounds[key]
    return None if found is None else (found[0], found[1], found[2], found[3])


def known_shells() -> bytes:
    """What this process has drawn, for :func:`learn_shells` of another one of the same program."""
    return json.dumps({"shells": _shells, "grounds": _grounds}, ensure_ascii=False).encode()


def learn_shells(kept: bytes) -> None:
    """Take over what another process of the same program has drawn."""
    found = json.loads(kept)
    for mine, theirs in ((_shells, found["shells"]), (_grounds, found["grounds"])):
        for key, value in theirs.items():
            if key not in mine:
                _remember(mine, key, value)


def _remember(held: OrderedDict[str, Any], key: str, value: Any) -> None:
    held[key] = value
    while len(held) > _MOST:
        held.popitem(last=False)


def _shade(dem: Any) -> Any:
    from jdzfire.maps.relief import shade_relief

    return shade_relief(dem)


def _digest_of(dem: Any) -> str:
    """What a relief follows from; "" without a grid."""
    return "" if dem is None else _digest_of_grid(dem)


@once_per_object
def _digest_of_grid(dem: Any) -> str:
    digest = hashlib.sha256(str(dem.rio.crs).encode())
    for values in (dem.x.to_numpy(), dem.y.to_numpy(), dem.to_numpy()):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
