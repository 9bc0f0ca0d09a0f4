"""Which hotspots were seen in one pass of one satellite."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.schemas import ORBITERS

PASS_GAP_MIN = 10.0
"""Rows of one orbiter at most this far apart, one after the other, are of one pass [min]. A
province is under a satellite for 3 min, feeds give the minute, and the next pass is 98 min later
[C]."""

_US_PER_MIN = 60_000_000


def number_passes(
    hotspots: pd.DataFrame | gpd.GeoDataFrame,
    *,
    within: NDArray[np.int64] | None = None,
    gap_min: float = PASS_GAP_MIN,
) -> NDArray[np.int64]:
    """Number of the pass each hotspot was seen in.

    Feeds give the minute, so a fire under the satellite at the turn of a minute has rows of 05:03
    and of 05:04. Rows of one orbiter whose times follow each other within ``gap_min`` are of one
    pass. For other sensors and ground reports each time is its own.

    Parameters
    ----------
    hotspots : DataFrame [HOTSPOTS], n rows, in any order, may be empty
        Only satellite, instrument and acquired_at are used.
    within : array of int, n, optional
        Group of each row, such as its event: no pass reaches over two groups. Needed when the
        rows lie all over the globe, where an orbiter always sees something.
    gap_min : float [min]

    Returns
    -------
    array of int, n
        From 0, by group, first time and satellite of the pass; none is left out.

    Notes
    -----
    Two sorts: n log n, half a second for a million rows.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "satellite": ["NOAA-20", "NOAA-20", "NOAA-20"],
    ...         "instrument": ["VIIRS", "VIIRS", "VIIRS"],
    ...         "acquired_at": pd.to_datetime(
    ...             ["2024-04-04T05:04Z", "2024-04-04T05:03Z", "2024-04-04T06:44Z"]
    ...         ).astype("datetime64[us, UTC]"),
    ...     }
    ... )
    >>> number_passes(rows).tolist()
    [0, 0, 1]
    """
    count = len(hotspots)
    if not count:
        return np.empty(0, dtype=np.int64)
    at = hotspots["acquired_at"].astype("int64").to_numpy()
    satellite, _ = pd.factorize(hotspots["satellite"], sort=True)
    kind, instruments = pd.factorize(hotspots["instrument"])
    orbits = np.isin(np.asarray(instruments, dtype=str), ORBITERS)[kind]
    group = np.zeros(count, dtype=np.int64) if within is None else np.asarray(within)
    series = 2 * satellite.astype(np.int64) + orbits
    series += group * (int(series.max()) + 1)
    order = np.lexsort((at, series))
    longest = np.where(orbits[order[1:]], int(gap_min * _US_PER_MIN), 0)
    begins = np.ones(count, dtype=bool)
    begins[1:] = (np.diff(series[order]) != 0) | (np.diff(at[order]) > longest)
    run = np.cumsum(begins) - 1
    first = order[begins]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.lexsort((series[first], at[first], group[first]))] = np.arange(len(first))
    numbers = np.empty(count, dtype=np.int64)
    numbers[order] = rank[run]
    return numbers
