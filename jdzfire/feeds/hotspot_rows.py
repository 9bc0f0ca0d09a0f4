"""What the hotspot readers share: checking places, naming rows, one row per hotspot in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.feeds.reading import RowValidator, points
from jdzfire.feeds.text import Lines
from jdzfire.feeds.values import numbers
from jdzfire.hotspots.identity import hotspot_id
from jdzfire.schemas import HOTSPOTS, PRODUCT_RANK, TIME_DTYPE, empty_table, validate

FUTURE_H = 24
"""A row observed this many hours after its receipt has a mangled date: what no clock
difference or time zone can explain."""


def reject_ragged(validator: RowValidator, lines: Lines, wrong: list[int], width: int) -> None:
    """Reject lines of another length; the last one of a file without line end was cut off."""
    for position in wrong:
        fields = lines.rows[position]
        is_last = position == len(lines.rows) - 1
        cut = is_last and lines.is_cut and len(fields) < width
        validator.reject_line(
            lines.numbers[position],
            "truncated_line" if cut else "column_count",
            f"expected {width} columns, found {len(fields)}",
            ",".join(fields),
        )


def checked_degrees(
    validator: RowValidator, *, lon: str, lat: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of two columns; impossible ones are rejected, never made 0,0."""
    x, x_blank = numbers(validator.rows[lon])
    y, y_blank = numbers(validator.rows[lat])
    validator.reject(x_blank | y_blank, "position_missing", "no longitude or latitude")
    validator.reject(np.isnan(x) | np.isnan(y), "position_unreadable", "expected decimal degrees")
    validator.reject(
        (np.abs(x) > 180) | (np.abs(y) > 90),
        "position_range",
        "expected longitude -180 to 180, latitude -90 to 90",
    )
    validator.reject((x == 0) & (y == 0), "position_zero", "0,0 stands for a missing place")
    return x, y


def reject_future(validator: RowValidator, acquired_at: pd.Series[Any]) -> None:
    """Reject rows without a time, or observed long after they were received."""
    latest = pd.Timestamp(validator.source.received_at) + pd.Timedelta(hours=FUTURE_H)
    validator.reject(
        (acquired_at > latest).fillna(False).to_numpy(dtype=bool),
        "future",
        f"observed more than {FUTURE_H} h after receipt",
    )


def hotspot_table(
    validator: RowValidator,
    values: Mapping[str, Any],
    *,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> gpd.GeoDataFrame:
    """Rows without a fault as a [HOTSPOTS] table, one row per id.

    Of rows with one id the best product stays, then the highest version, the largest FRP, the
    first line; the others are rejected as ``duplicate_row``. Two pixels of one pass may lie a
    few metres apart where scans overlap (bow-tie): they count as one.

    Parameters
    ----------
    validator : RowValidator, n rows
    values : mapping of column name -> n values or one value
        Columns left out are null.
    lon, lat : arrays [degree], n
    """
    source, index = validator.source, validator.rows.index
    kept = validator.kept
    if not kept.any():
        none: gpd.GeoDataFrame = empty_table(HOTSPOTS)
        return none
    absent = [str(name) for name in HOTSPOTS.columns if name not in values]
    table = pd.DataFrame({**dict.fromkeys(absent), **values}, index=index)
    table = table.assign(
        feed=source.kind,
        received_at=pd.Series(pd.Timestamp(source.received_at), index=index, dtype=TIME_DTYPE),
        raw_sha256=source.sha256,
        raw_line=index.to_numpy(),
    )[kept]
    x, y = lon[kept], lat[kept]
    table["hotspot_id"] = hotspot_id(table["satellite"], table["acquired_at"], x, y)
    first = _best_of_id(table)
    positions = np.flatnonzero(kept)
    repeated = np.zeros(len(kept), dtype=bool)
    repeated[positions[~first]] = True
    validator.reject(
        repeated, "duplicate_row", "the same satellite, minute and place is in this file"
    )
    placed = points(table.drop(columns="geometry")[first], x[first], y[first])
    checked: gpd.GeoDataFrame = validate(placed, HOTSPOTS)
    return checked


def _best_of_id(table: pd.DataFrame) -> NDArray[np.bool_]:
    many = table["hotspot_id"].duplicated(keep=False).to_numpy()
    best = ~many
    if not many.any():
        return best
    rows = table[many]
    order = pd.DataFrame(
        {
            "id": rows["hotspot_id"].to_numpy(),
            "rank": -rows["product"].map(PRODUCT_RANK).to_numpy(),
            "version": rows["version"].fillna("").astype(str).to_numpy(),
            "frp": -rows["frp_mw"].fillna(-np.inf).to_numpy(dtype=np.float64),
            "line": np.flatnonzero(many),
        }
    )
    order = order.sort_values(
        ["id", "rank", "version", "frp", "line"], ascending=[True, True, False, True, True]
    )
    best[order.drop_duplicates("id")["line"].to_numpy()] = True
    return best
