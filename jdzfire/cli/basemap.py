"""The command that unpacks a base map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from jdzfire.cli.output import HomeOption, JsonOption, echo, home_of, print_json, progress
from jdzfire.errors import UsageError


def basemap(
    context: typer.Context,
    tileset: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="MBTiles, PMTiles, or a folder {z}/{x}/{y}.png."),
    ] = None,
    margin_km: Annotated[
        float, typer.Option("--margin-km", help="Beyond the watched area.")
    ] = 10.0,
    max_zoom: Annotated[
        int | None, typer.Option("--max-zoom", help="Deepest zoom; default as deep as the file.")
    ] = None,
    datum: Annotated[
        Literal["wgs84", "cgcs2000", "gcj02", "bd09"] | None,
        typer.Option(help="Datum of the tiles, where you know it."),
    ] = None,
    from_south: Annotated[
        bool, typer.Option("--from-south", help="Rows of a folder count from the south (TMS).")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the base map away.")] = False,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Unpack tiles over the watched area beside the editions, for pages without a network."""
    from jdzfire.pipeline.unpack_basemap import unpack_basemap
    from jdzfire.store.basemap import remove_basemap
    from jdzfire.workspace import open_workspace

    if remove == (tileset is not None):
        raise UsageError("nothing to unpack", expected="a FILE, or --remove")
    with open_workspace(home_of(context, home)) as workspace:
        if tileset is None:
            removed = remove_basemap(workspace.home.published_dir)
            _describe({"removed": removed}, "removed" if removed else "there was none", json_)
            return
        with progress("tiles", 0) as step:
            kept, notes = unpack_basemap(
                workspace,
                tileset,
                margin_km=margin_km,
                max_zoom=max_zoom,
                datum=datum,
                from_south=from_south,
                progress=step,
            )
        is_set = workspace.settings.tile_url == "local"
        folder = workspace.home.published_dir / "basemap"
    for note in notes:
        echo(note)
    if not is_set:
        echo('set tile_url = "local" in jdzfire.toml, then publish')
    zooms = f"zooms {min(kept.zooms)} to {max(kept.zooms)}"
    _describe(
        {**vars(kept), "folder": folder, "notes": notes},
        f"{kept.tiles} tiles, {zooms}, in {folder}",
        json_,
    )


def _describe(document: dict[str, Any], sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        typer.echo(sentence)
