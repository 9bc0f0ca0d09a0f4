"""The base map of the pages."""

from __future__ import annotations

from jdzfire.maps.basemaps import LOCAL, local_tile_url
from jdzfire.store.basemap import load_basemap
from jdzfire.workspace import Workspace


def tile_url_of(workspace: Workspace) -> str | None:
    """The base map of the settings; without the unpacked one the page draws its own."""
    if workspace.settings.tile_url != LOCAL:
        return workspace.settings.tile_url
    kept = load_basemap(workspace.home.published_dir)
    return None if kept is None else local_tile_url(kept.zooms, kept.extension, kept.attribution)
