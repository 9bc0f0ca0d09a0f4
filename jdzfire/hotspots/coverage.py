"""Coverage: for which times the data of a satellite are in hand, by what a file contains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import geopandas as gpd
import pandas as pd

from jdzfire.schemas import TIME_DTYPE

SPAN_COLUMNS = ("satellite", "instrument", "begins_at", "ends_at")

_NEAR_DEG = 15.0
"""About half a VIIRS swath (1,530 km): a row this near was seen from an orbit over the area [C]."""

_SWATH = ("VIIRS", "MODIS")
_DISK = "AHI"


def spans_of(
    table: gpd.GeoDataFrame,
    centre: tuple[float, float],
    *,
    scans: Sequence[tuple[str, datetime]] = (),
) -> pd.DataFrame:
    """Spans in which the satellites of a table observed an area.

    Parameters
    ----------
    table : GeoDataFrame [HOTSPOTS]
    centre : (lon, lat) of the area [degree]
    scans : sequence of (satellite, time)
        Full-disk scans known otherwise, for example by the name of their file.

    Returns
    -------
    DataFrame
        :data:`SPAN_COLUMNS`, one row a satellite and instrument, by these. A polar orbiter counts
        by its rows within half a swath of the area, a full-disk scan by any row.
    """
    lon, lat = centre
    is_near = (table.geometry.x - lon).abs().le(_NEAR_DEG) & (
        (table.geometry.y - lat).abs().le(_NEAR_DEG)
    )
    counts = (table["instrument"].isin(_SWATH) & is_near) | table["instrument"].eq(_DISK)
    rows = pd.DataFrame(table.loc[counts, ["satellite", "instrument", "acquired_at"]])
    seen = rows.assign(begins_at=rows["acquired_at"], ends_at=rows["acquired_at"])
    named = pd.DataFrame(
        [(satellite, _DISK, at, at) for satellite, at in scans], columns=list(SPAN_COLUMNS)
    )
    return join_spans([seen[list(SPAN_COLUMNS)], named])


def join_spans(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Spans of several tables together: of each satellite and instrument from first to last."""
    filled = [part for part in parts if len(part)]
    if not filled:
        dtypes = ("str", "str", TIME_DTYPE, TIME_DTYPE)
        pairs = zip(SPAN_COLUMNS, dtypes, strict=True)
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in pairs})
    table = pd.concat(filled, ignore_index=True)
    table = table.assign(
        **{name: pd.to_datetime(table[name], utc=True) for name in ("begins_at", "ends_at")}
    )
    spans = table.groupby(["satellite", "instrument"], as_index=False).agg(
        begins_at=("begins_at", "min"), ends_at=("ends_at", "max")
    )
    return spans.astype({"begins_at": TIME_DTYPE, "ends_at": TIME_DTYPE})
