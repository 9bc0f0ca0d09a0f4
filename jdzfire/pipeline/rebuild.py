"""Rebuilding: the archive made again from the raw bytes, and compared with the present one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import StoreError
from jdzfire.pipeline.ingest import ArchiveWriter, read_input
from jdzfire.schemas import HOTSPOTS, conform, empty_table
from jdzfire.store.archive import archive_months, load_hotspots, load_versions
from jdzfire.store.archive_digest import archive_digest, replace_archive
from jdzfire.store.home import Home, open_home
from jdzfire.store.ledger_inputs import ARCHIVED, DONE
from jdzfire.store.raw import raw_problem
from jdzfire.workspace import Workspace


@dataclass(frozen=True)
class Rebuilt:
    """How the rebuilt archive compares."""

    inputs: int
    """Raw files read again."""
    months: int
    """Parts of the archive compared: hotspots and versions, by month."""
    differing: tuple[str, ...]
    """Those whose content is not the same."""
    is_replaced: bool
    """Whether the rebuilt archive took the place of the old one."""
    without_raw: tuple[str, ...] = ()
    """Inputs whose raw bytes are missing or damaged: their rows were taken from the archive."""

    @property
    def is_equal(self) -> bool:
        """Whether every month is equal, value for value."""
        return not self.differing


def rebuild_archive(
    workspace: Workspace, *, replace: bool = False, progress: Callable[[], object] = lambda: None
) -> Rebuilt:
    """Read every raw hotspot file again, as it came and with whom, into a new archive.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    replace : bool
        Let the new archive take the place of the old one when they differ.
    progress : callable
        Called after each input.

    Returns
    -------
    Rebuilt

    Raises
    ------
    StoreError
        The rebuilt archive cannot be written.

    Notes
    -----
    An input whose raw bytes are missing or damaged is not lost: the rows that the archive has of it
    are taken, as far as the archive can be read.
    """
    rebuilt_home = _empty_home(workspace.home)
    used = used_inputs(workspace)
    gone = [
        sha256
        for sha256, options in zip(used["sha256"], used["options"], strict=True)
        if raw_problem(workspace.home, sha256) or _lacks_mapping(workspace.home, options)
    ]
    try:
        kept_rows = _rows_of(workspace.home, gone)
        for _, rows in used.groupby(["batch", "received_at"], sort=True):
            writer = ArchiveWriter(rebuilt_home)
            for row in rows.to_dict("records"):
                for table in _tables_of(workspace, row, gone, kept_rows):
                    writer.add(table)
                progress()
            writer.flush()
        old, new = archive_digest(workspace.home, despite_damage=True), archive_digest(rebuilt_home)
        months = sorted({*old, *new})
        differing = tuple(month for month in months if old.get(month) != new.get(month))
        if replace and differing:
            replace_archive(workspace.home, rebuilt_home)
        lost = used["sha256"].isin(gone)
        return Rebuilt(
            inputs=len(used),
            months=len(months),
            differing=differing,
            is_replaced=replace and bool(differing),
            without_raw=tuple(used.loc[lost, "source_name"]),
        )
    finally:
        shutil.rmtree(rebuilt_home.root, ignore_errors=True)


def used_inputs(workspace: Workspace) -> pd.DataFrame:
    """Hotspot files that went into the archive, in the order they came."""
    inputs = workspace.ledger.load_inputs()
    used = inputs[
        inputs["state"].isin([ARCHIVED, DONE]) & inputs["kind"].isin(list(workspace.feeds))
    ]
    return used.sort_values(["batch", "received_at", "source_name", "sha256"])


def raw_inputs(workspace: Workspace) -> list[tuple[str, str]]:
    """sha256 and name of every raw file that the ledger counts on, mappings among them."""
    inputs = workspace.ledger.load_inputs()
    found = dict(zip(inputs["sha256"], inputs["source_name"], strict=True))
    for options in inputs["options"]:
        mapping = _mapping_of(options)
        if mapping:
            found[mapping] = "a mapping of a table"
    return sorted((str(sha256), str(name)) for sha256, name in found.items())


def _mapping_of(options: str) -> str | None:
    """sha256 of the mapping an input was read with; None for the feeds that need none."""
    found = json.loads(options).get("mapping_sha256") if options else None
    return None if found is None else str(found)


def _lacks_mapping(home: Home, options: str) -> bool:
    mapping = _mapping_of(options)
    return mapping is not None and bool(raw_problem(home, mapping))


def _tables_of(
    workspace: Workspace, row: Mapping[Any, Any], gone: Collection[str], kept_rows: gpd.GeoDataFrame
) -> Iterator[gpd.GeoDataFrame]:
    """Hotspots of one input: from its raw bytes, or those the archive has when they are gone."""
    if row["sha256"] in gone:
        yield kept_rows[kept_rows["raw_sha256"] == row["sha256"]].reset_index(drop=True)
        return
    for reading in read_input(workspace, {str(name): value for name, value in row.items()}):
        yield reading.table


def _rows_of(home: Home, gone: Collection[str]) -> gpd.GeoDataFrame:
    """What the archive still has of inputs whose raw bytes are gone, month by month."""
    found: list[gpd.GeoDataFrame] = [empty_table(HOTSPOTS)]
    for month in archive_months(home) if gone else []:
        since = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        until = (since + timedelta(days=32)).replace(day=1)
        with suppress(StoreError):  # a damaged month is left out
            for table in (
                load_hotspots(home, since=since, until=until),
                load_versions(home, since=since, until=until),
            ):
                found.append(table[table["raw_sha256"].isin(gone)])
    rows = [table for table in found if len(table)] or found[:1]
    together: gpd.GeoDataFrame = conform(pd.concat(rows, ignore_index=True), HOTSPOTS)
    return together


def _empty_home(home: Home) -> Home:
    """A folder beside the archive, without what a killed rebuilding left."""
    root = home.root / ".rebuild"
    shutil.rmtree(root, ignore_errors=True)
    return open_home(root)
