"""The hotspot archive: GeoParquet, one folder a month of observation, a few parts in each.

``archive/hotspots/month=2024-04/part-0001-….parquet`` holds hotspots whose ``acquired_at`` lies
in that UTC month, along a Hilbert curve; a hotspot is in exactly one part. The folder is a
hive-partitioned GeoParquet dataset: ``geopandas.read_parquet("archive/hotspots")``, DuckDB and
dask-geopandas read it without jdzfire. ``archive/versions`` has the same form and holds the rows
that lost against a better version of their hotspot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import ContractError, UsageError
from jdzfire.schemas import (
    HOTSPOT_VERSIONS,
    HOTSPOTS,
    PRODUCT_RANK,
    Contract,
    empty_table,
    validate,
)
from jdzfire.store.archive_parts import (
    PARTS_MAX,
    compact_month,
    part_files,
    read_settled,
    rewrite_month,
)
from jdzfire.store.home import Home, write_turn
from jdzfire.store.kept import verify_kept
from jdzfire.store.parquet import (
    Bbox,
    differing_rows,
    encode_table,
    read_columns,
    read_table,
    read_tables,
)

_MONTH = re.compile(r"month=(\d{4}-\d{2})")
_PROVENANCE = ("received_at", "raw_sha256", "raw_line")
_HILBERT_LEVEL = 16
_GLOBE = (-180.0, -90.0, 180.0, 90.0)  # fixed, so that the order does not hang on the other rows
_VERSION_KEY = ["hotspot_id", "product", "version", "frp_mw", "x", "y"]


def append_hotspots(
    home: Home, table: gpd.GeoDataFrame, *, lost: gpd.GeoDataFrame | None = None
) -> int:
    """Put hotspots into the archive, by ``hotspot_id``.

    A new id is added. A known id takes the new values and keeps the earliest ``received_at``,
    unless the new row is of a lower product (NRT does not replace SP), or has the same content
    again: then the row that came first is kept, with the raw file it came from. So appending the
    same table again writes nothing.

    Parameters
    ----------
    home : Home
    table : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty
    lost : GeoDataFrame [HOTSPOT_VERSIONS], optional
        Rows that lost against a better version, remembered beside the archive.

    Returns
    -------
    int
        Rows added or changed.

    Raises
    ------
    ContractError, CrsError
        A table breaks its contract, or a point is empty. Nothing was written.

    Notes
    -----
    New ids of a month go to a part of their own; a changed row is changed in the part that holds
    it; many small parts are made one. A month changes in one step, and the rows that lost are kept
    before any hotspot changes: their source is still there, so a process killed
    anywhere has done some of it and appending again does the rest. An id contains its minute (ADR
    2), so it never moves to another month. Cost about that of reading the ids of the months
    touched, and of rewriting the parts with changed rows.
    """
    checked, beaten = _checked(table, HOTSPOTS), None
    if lost is not None and len(lost):
        beaten = _checked(lost, HOTSPOT_VERSIONS)
    if checked.empty and beaten is None:
        return 0
    with write_turn(home):
        if beaten is not None:
            for month, rows in _by_month(beaten):
                _remember(home, month, rows)
        return sum(_upsert_month(home, month, rows) for month, rows in _by_month(checked))


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
        A file is damaged.

    Notes
    -----
    Opens only the months that ``since`` and ``until`` touch, and of these only the row groups
    that ``bbox`` touches.
    """
    _check_bbox(bbox)
    first, last = _utc(since, "since"), _utc(until, "until")
    found = read_settled(
        lambda: _files(home, "hotspots", first, last),
        lambda files: _verified_tables(
            home, files, HOTSPOTS, bbox=bbox, filters=_between(first, last)
        ),
    )
    return found.sort_values(["acquired_at", "hotspot_id"]).reset_index(drop=True)


def load_versions(
    home: Home,
    *,
    hotspot_ids: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> gpd.GeoDataFrame:
    """Rows that lost against a better version of their hotspot.

    Parameters
    ----------
    home : Home
    hotspot_ids : collection of str, optional
        Only of these hotspots.
    since, until : datetime, aware, optional

    Returns
    -------
    GeoDataFrame [HOTSPOT_VERSIONS, EPSG:4326 points]
        In the order of hotspot_id, received_at, product; may be empty.
    """
    first, last = _utc(since, "since"), _utc(until, "until")
    found = read_settled(
        lambda: _files(home, "versions", first, last),
        lambda files: _verified_tables(
            home, files, HOTSPOT_VERSIONS, filters=_between(first, last)
        ),
    )
    if hotspot_ids is not None:
        found = found[found["hotspot_id"].isin(list(hotspot_ids))]
    ordered: gpd.GeoDataFrame = found.sort_values(
        ["hotspot_id", "received_at", "product", "raw_sha256", "raw_line"]
    ).reset_index(drop=True)
    return ordered


def archive_months(home: Home) -> list[str]:
    """UTC months the archive holds, as ``YYYY-MM``, in order."""
    return [month for month, _ in _months(home, "hotspots")]


def compact_archive(home: Home, *, month: str | None = None) -> list[str]:
    """Make few files of many, month by month; their content does not change.

    Parameters
    ----------
    home : Home
    month : str, optional
        ``YYYY-MM``; default: every month with more than one small part.

    Returns
    -------
    list of str
        Months that were made smaller.
    """
    done = []
    with write_turn(home):
        for room, contract in (("hotspots", HOTSPOTS), ("versions", HOTSPOT_VERSIONS)):
            for name, folder in _months(home, room):
                if month in (None, name) and compact_month(home, folder, contract, _in_order):
                    done.append(name)
    return sorted(set(done))


def newest_of_feeds(
    home: Home, *, since: datetime | None = None, until: datetime | None = None
) -> pd.Series:
    """Time of the newest hotspot of each feed, ``since <= acquired_at < until``, by feed."""
    first, last = _utc(since, "since"), _utc(until, "until")
    rows = read_settled(
        lambda: _files(home, "hotspots", first, last),
        lambda files: _verified_columns(
            home, files, ["feed", "acquired_at"], _between(first, last)
        ),
    )
    newest: pd.Series = rows.groupby("feed")["acquired_at"].max()
    return newest


def hotspots_in_files(home: Home, names: Collection[str]) -> pd.DataFrame:
    """hotspot_id, acquired_at and raw_sha256 of the hotspots in some files of the archive.

    Parameters
    ----------
    home : Home
    names : collection of str
        Paths relative to the workspace, as ``kept.json`` has them.
    """
    columns = ["hotspot_id", "acquired_at", "raw_sha256"]
    return _verified_columns(home, [home.root / name for name in sorted(names)], columns, [])


def _verified_tables(home: Home, files: list[Path], contract: Contract, **options: Any) -> Any:
    verify_kept(home, files)
    return read_tables(files, contract, **options)


def _verified_columns(
    home: Home, files: list[Path], columns: list[str], filters: list[tuple[str, str, Any]]
) -> pd.DataFrame:
    verify_kept(home, files)
    return read_columns(files, columns, filters)


def _checked(table: gpd.GeoDataFrame, contract: Contract) -> gpd.GeoDataFrame:
    checked = validate(table, contract)
    if checked.geometry.is_empty.any():
        raise ContractError(
            f"table {contract.name} has empty points",
            found=", ".join(checked.loc[checked.geometry.is_empty, "hotspot_id"].head(5)),
            remedy="quarantine rows without a place where they are read",
        )
    return checked


def _by_month(table: gpd.GeoDataFrame) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    codes, months = pd.factorize(table["acquired_at"].dt.tz_localize(None).dt.to_period("M"))
    for number in np.argsort(months):
        yield str(months[number]), table[codes == number]


def _upsert_month(home: Home, month: str, rows: gpd.GeoDataFrame) -> int:
    folder = _folder(home, "hotspots", month)
    parts = part_files(folder)
    verify_kept(home, parts)
    changed, unknown = 0, np.ones(len(rows), dtype=bool)
    gone: list[Path] = []
    files: list[bytes] = []
    for path in parts:
        ids = read_columns([path], ["hotspot_id"])["hotspot_id"]
        known = pd.Index(ids).get_indexer(pd.Index(rows["hotspot_id"])) >= 0
        unknown &= ~known
        count, data = _changed_part(path, rows[known]) if known.any() else (0, b"")
        if count:
            changed += count
            gone.append(path)
            files.append(data)
    new = rows[unknown]
    if len(new):
        files.append(encode_table(_in_order(new)))
    if files:
        rewrite_month(home, folder, gone=gone, new=files)
    _compact_when_many(home, folder, HOTSPOTS)
    return changed + len(new)


def _changed_part(path: Path, rows: gpd.GeoDataFrame) -> tuple[int, bytes]:
    """Rows a part holds already with their new values, where these are better: how many, bytes."""
    held = read_table(path, HOTSPOTS)
    position = pd.Index(held["hotspot_id"]).get_indexer(pd.Index(rows["hotspot_id"]))
    before = held.iloc[position]
    takes = _is_better(before, rows)
    if not takes.any():
        return 0, b""
    first = before["received_at"].array
    received = rows["received_at"].where(rows["received_at"].array < first, first)
    new_or_updated = rows.assign(received_at=received)[takes]
    kept = held.drop(index=held.index[position[takes]])
    both = pd.concat([part for part in (kept, new_or_updated) if len(part)])
    return int(takes.sum()), encode_table(_in_order(both))


def _remember(home: Home, month: str, rows: gpd.GeoDataFrame) -> None:
    """Add rows that lost to the versions of their month, each content once."""
    folder = _folder(home, "versions", month)
    parts = part_files(folder)
    verify_kept(home, parts)
    held = read_tables(parts, HOTSPOT_VERSIONS)
    keys = _version_keys(rows)
    both = pd.concat([_version_keys(held), keys]) if len(held) else keys
    is_new = ~both.duplicated(keep="first").to_numpy()[len(held) :]
    if is_new.any():
        rewrite_month(home, folder, gone=(), new=[encode_table(_in_order(rows[is_new]))])
        _compact_when_many(home, folder, HOTSPOT_VERSIONS)


def _version_keys(rows: gpd.GeoDataFrame) -> pd.DataFrame:
    plain = rows.assign(x=rows.geometry.x, y=rows.geometry.y)[_VERSION_KEY]
    return pd.DataFrame(plain)


def _compact_when_many(home: Home, folder: Path, contract: Contract) -> None:
    if len(part_files(folder)) > PARTS_MAX:
        compact_month(home, folder, contract, _in_order)


def _is_better(held: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether each row has other content than the held one and is of no lower product."""
    rank, held_rank = (part["product"].map(PRODUCT_RANK).to_numpy() for part in (rows, held))
    no_lower = np.asarray(rank >= held_rank, dtype=bool)
    return no_lower & differing_rows(held, rows, ignore=_PROVENANCE)


def _in_order(month: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows along a Hilbert curve over the globe, then by id: near rows share a row group."""
    if month.empty:
        return empty_table(HOTSPOTS)
    curve = month.geometry.hilbert_distance(total_bounds=_GLOBE, level=_HILBERT_LEVEL)
    names = ["hotspot_id", "product", "raw_sha256"]
    keys = [month[name].to_numpy(dtype=str) for name in reversed(names)]
    order = np.lexsort((*keys, curve.to_numpy()))
    return month.iloc[order].reset_index(drop=True)


def _folder(home: Home, room: str, month: str) -> Path:
    return home.archive_dir / room / f"month={month}"


def _months(home: Home, room: str) -> Iterator[tuple[str, Path]]:
    for folder in sorted((home.archive_dir / room).glob("month=*")):
        match = _MONTH.fullmatch(folder.name)
        if match and part_files(folder):
            yield match[1], folder


def _files(home: Home, room: str, first: datetime | None, last: datetime | None) -> list[Path]:
    found = []
    for month, folder in _months(home, room):
        too_early = first is not None and month < first.strftime("%Y-%m")
        too_late = last is not None and month > last.strftime("%Y-%m")
        if not too_early and not too_late:
            found += part_files(folder)
    return found


def _between(first: datetime | None, last: datetime | None) -> list[tuple[str, str, Any]]:
    limits = (("acquired_at", ">=", first), ("acquired_at", "<", last))
    return [limit for limit in limits if limit[2] is not None]


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
