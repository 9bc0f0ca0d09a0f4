"""The history of a register: what changed between two versions, and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from jdzfire.crs import metric_crs
from jdzfire.errors import NotFound
from jdzfire.store.home import Home
from jdzfire.store.parquet import differing_rows
from jdzfire.store.registers import load_register, load_version, register_versions, save_register

_COLUMNS = ("id", "change", "column", "before", "after")


def diff_register(home: Home, kind: str, *, older: int, newer: int | None = None) -> pd.DataFrame:
    """What changed from one version of a register to another.

    Parameters
    ----------
    home : Home
    kind : str
    older, newer : int
        Numbers of versions; without ``newer``, the current version.

    Returns
    -------
    DataFrame
        ``id``, ``change`` (added, removed, changed), ``column``, ``before``, ``after`` as text;
        one row an added or removed id, one row a changed column. For a point that moved: how
        far. By id, in the order of the columns.

    Raises
    ------
    NotFound
        No such version.
    """
    before = load_version(home, kind, older)
    after = load_register(home, kind) if newer is None else load_version(home, kind, newer)
    return diff_tables(before, after)


def diff_tables(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """What changed from one table of a register to another, as of :func:`diff_register`."""
    key = str(before.columns[0])
    rows: list[tuple[str, str, str | None, str | None, str | None]] = []
    rows += [(i, "removed", None, None, None) for i in set(before[key]) - set(after[key])]
    rows += [(i, "added", None, None, None) for i in set(after[key]) - set(before[key])]
    both = sorted(set(before[key]) & set(after[key]))
    left = before.set_index(key, drop=False).loc[both].reset_index(drop=True)
    right = after.set_index(key, drop=False).loc[both].reset_index(drop=True)
    for name in left.columns:
        differs = differing_rows(left[[name]], right[[name]])
        for at in np.flatnonzero(differs):
            change = (
                _moved(left.geometry.iloc[at], right.geometry.iloc[at])
                if name == "geometry"
                else (_text(left[name].iloc[at]), _text(right[name].iloc[at]))
            )
            rows.append((both[at], "changed", name, *change))
    order = {name: number for number, name in enumerate(before.columns)}
    rows.sort(key=lambda row: (row[0], row[1], order.get(row[2] or "", -1)))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def undo_register(home: Home, kind: str, *, at: datetime, to: int | None = None) -> int:
    """Restore an earlier version of a register, as a new one.

    Nothing is deleted: the version taken back stays in the history, and undoing again brings it
    back. Killed at any moment, the register is the one or the other.

    Parameters
    ----------
    home : Home
    kind : str
    at : datetime
        Date of the new version; aware.
    to : int, optional
        Number of the version to restore; default: the last that differs from the current one.

    Returns
    -------
    int
        Number of the version in force.

    Raises
    ------
    NotFound
        There is no such version, or nothing before the first.
    """
    versions = register_versions(home, kind)
    if to is None:
        to = _one_before(home, kind, versions)
    wanted = load_version(home, kind, to)
    save_register(
        home, kind, wanted, at=at, replace=True, source={"source_name": f"undo: version {to}"}
    )
    return int(register_versions(home, kind)["number"].max())


def _one_before(home: Home, kind: str, versions: pd.DataFrame) -> int:
    current = load_register(home, kind)
    for number in sorted(versions["number"], reverse=True):
        earlier = load_version(home, kind, int(number))
        if len(earlier) != len(current) or differing_rows(earlier, current).any():
            return int(number)
    raise NotFound(f"register {kind} has no earlier version", remedy="see jdzfire registers log")


def _text(value: Any) -> str | None:
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else str(value)


def _moved(one: Any, other: Any) -> tuple[str, str]:
    pair = gpd.GeoSeries([one, other], crs="EPSG:4326")
    west, south, east, north = (float(v) for v in pair.total_bounds)
    near, far = pair.to_crs(metric_crs((west, south, east, north)))
    if one.geom_type == other.geom_type == "Point":
        return one.wkt, f"{other.wkt}, moved {near.distance(far):.0f} m"
    changed = shapely.symmetric_difference(near, far).area / 1e4
    return f"{near.area / 1e4:.2f} ha", f"{far.area / 1e4:.2f} ha, {changed:.2f} ha changed"
