"""The hotspot archive: GeoParquet, one file a month of observation.

``archive/hotspots/month=2024-04/hotspots.parquet`` holds the hotspots whose ``acquired_at`` lies
in that UTC month, along a Hilbert curve. The folder is a hive-partitioned GeoParquet dataset:
``geopandas.read_parquet("archive/hotspots")`` and DuckDB read it without jdzfire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import ContractError, UsageError
from jdzfire.schemas import HOTSPOTS, PRODUCT_RANK, validate
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, write_turn
from jdzfire.store.parquet import Bbox, differing_rows, encode_table, read_table, read_tables

__all__ = ["append_hotspots", "archive_months", "load_hotspots"]

_MONTH = re.compile(r"month=(\d{4}-\d{2})")
_PROVENANCE = ("received_at", "raw_sha256", "raw_line")
_HILBERT_LEVEL = 16
_GLOBE = (-180.0, -90.0, 180.0, 90.0)  # fixed, so that the order does not hang on the other rows


def append_hotspots(home: Home, table: gpd.GeoDataFrame) -> int:
    """Put hotspots into the archive, by ``hotspot_id``.

    A new id is added. A known id takes the new values and keeps the earliest ``received_at``,
    unless the new row is of a lower product (NRT does not replace SP), or says the same again:
    then the row that came first stands, with the raw file it came from. So appending the same
    table again writes nothing.

    Parameters
    ----------
    home : Home
    table : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty

    Returns
    -------
    int
        Rows added or changed.

    Raises
    ------
    ContractError, CrsError
        The table breaks HOTSPOTS, or a point is empty. Nothing was written.

    Notes
    -----
    Months are written one after the other, each as a whole. A process killed between two
    months has written the earlier ones; appending again writes the rest. An id tells its minute
    (ADR 2), so it never moves to another month.
    """
    checked = validate(table, HOTSPOTS)
    if checked.geometry.is_empty.any():
        raise ContractError(
            "table hotspots has empty points",
            found=", ".join(checked.loc[checked.geometry.is_empty, "hotspot_id"].head(5)),
            remedy="quarantine rows without a place where they are read",
        )
    if checked.empty:
        return 0
    months = checked["acquired_at"].dt.strftime("%Y-%m")
    with write_turn(home):
        return sum(
            _upsert_month(_month_path(home, str(month)), rows)
            for month, rows in checked.groupby(months, sort=True)
        )


def load_hotspots(
    home: Home,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    bbox: Bbox | None = None,
) -> gpd.GeoDataFrame:
    """Hotspots of a time and place.

    Parameters
    ----------
    home : Home
    since, until : datetime, aware, optional
        ``since <= acquired_at < until``; None is open.
    bbox : (west, south, east, north) [degree, EPSG:4326], optional
        Edges count as inside.

    Returns
    -------
    GeoDataFrame [HOTSPOTS, EPSG:4326 points]
        In the order of acquired_at, then hotspot_id; may be empty.

    Raises
    ------
    UsageError
        A time without a zone, or a bbox that is none.
    StoreError
        A month's file is damaged.

    Notes
    -----
    Opens only the months that ``since`` and ``until`` touch, and of these only the row groups
    that ``bbox`` touches.
    """
    first, last = _utc(since, "since"), _utc(until, "until")
    _check_bbox(bbox)
    filters: list[tuple[str, str, Any]] = []
    if first is not None:
        filters.append(("acquired_at", ">=", first))
    if last is not None:
        filters.append(("acquired_at", "<", last))
    found = read_tables(_month_files(home, first, last), HOTSPOTS, bbox=bbox, filters=filters)
    return found.sort_values(["acquired_at", "hotspot_id"]).reset_index(drop=True)


def archive_months(home: Home) -> list[str]:
    """UTC months the archive holds, as ``YYYY-MM``, in order."""
    return [month for month, _ in _months(home)]


def _upsert_month(path: Path, rows: gpd.GeoDataFrame) -> int:
    held = read_table(path, HOTSPOTS)
    position = pd.Index(held["hotspot_id"]).get_indexer(pd.Index(rows["hotspot_id"]))
    known = position >= 0
    before, again = held.iloc[position[known]], rows[known]
    takes = _is_better(before, again)
    changed = int((~known).sum() + takes.sum())
    if changed:
        first = before["received_at"].array
        received = again["received_at"].where(again["received_at"].array < first, first)
        better = again.assign(received_at=received)[takes]
        kept = held.drop(index=held.index[position[known][takes]])
        month = pd.concat([part for part in (kept, better, rows[~known]) if len(part)])
        write_atomic(path, encode_table(_in_order(month)))
    return changed


def _is_better(held: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether each row says something else than the held one and is of no lower product."""
    rank, held_rank = (part["product"].map(PRODUCT_RANK).to_numpy() for part in (rows, held))
    no_lower = np.asarray(rank >= held_rank, dtype=bool)
    return no_lower & differing_rows(held, rows, ignore=_PROVENANCE)


def _in_order(month: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows along a Hilbert curve over the globe, then by id: near rows share a row group."""
    curve = month.geometry.hilbert_distance(total_bounds=_GLOBE, level=_HILBERT_LEVEL)
    order = np.lexsort((month["hotspot_id"].to_numpy(dtype=str), curve.to_numpy()))
    return month.iloc[order].reset_index(drop=True)


def _month_path(home: Home, month: str) -> Path:
    return home.archive_dir / "hotspots" / f"month={month}" / "hotspots.parquet"


def _months(home: Home) -> Iterator[tuple[str, Path]]:
    for path in sorted((home.archive_dir / "hotspots").glob("month=*/hotspots.parquet")):
        match = _MONTH.fullmatch(path.parent.name)
        if match:
            yield match[1], path


def _month_files(home: Home, first: datetime | None, last: datetime | None) -> Iterator[Path]:
    for month, path in _months(home):
        too_early = first is not None and month < first.strftime("%Y-%m")
        too_late = last is not None and month > last.strftime("%Y-%m")
        if not too_early and not too_late:
            yield path


def _utc(when: datetime | None, name: str) -> datetime | None:
    if when is None:
        return None
    if when.tzinfo is None:
        raise UsageError(f"{name} has no time zone", expected="an aware time", found=str(when))
    return when.astimezone(UTC)


def _check_bbox(bbox: Bbox | None) -> None:
    if bbox is None:
        return
    west, south, east, north = bbox
    if not (west <= east and south <= north):
        raise UsageError(
            "not a bbox", expected="west <= east and south <= north", found=str(tuple(bbox))
        )
