"""Hotspots that cover the same ground twice in one pass: the bow-tie of whisk-broom scanners.

Towards the edge of the swath a scan of MODIS is twice as deep as at nadir and overlaps its
neighbours, so one fire comes as a pixel of each. VIIRS leaves most of these out on board.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.hotspots.passing import number_passes

TWIN_OVERLAP = 0.5
"""Share of the smaller bare pixel that must lie within the other [K]. Neighbours of one scan share
less than a twentieth; pixels of two scans share anything up to nine tenths, as they happen to fall:
of 19,416 MODIS rows of a day 3 % are twins, of those wider than 2 km 15 %; of 43,980 of VIIRS 6 %
[V, FIRMS 2022-02-27 and 2023-11-09]."""


def note_bowtie(
    hotspots: gpd.GeoDataFrame,
    *,
    passing: NDArray[np.int64] | None = None,
    rules: FootprintRules | None = None,
) -> pd.Series:
    """Whether each hotspot covers ground that another of its pass covers already.

    Bare pixels of MODIS and VIIRS of one pass that overlap by more than half of the smaller one
    are twins; of these the first stays unmarked. Going down the rows, a row is marked
    when its pixel is a twin of an earlier one that is not.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty
    passing : array of int, n, optional
        Pass of each, by default from :func:`jdzfire.hotspots.passing.number_passes`.
    rules : FootprintRules, optional

    Returns
    -------
    Series of bool, n rows, index kept

    Notes
    -----
    A count of all pixels errs on the side of the fire: leave twins out only where one
    asks how much ground was lit.

    Shares are measured in degrees: of two pixels at one place the scale cancels. About n log n.
    """
    marked = np.zeros(len(hotspots), dtype=bool)
    scanned = np.flatnonzero(hotspots["instrument"].isin(["MODIS", "VIIRS"]).to_numpy())
    if len(scanned) > 1:
        number = (number_passes(hotspots) if passing is None else passing)[scanned]
        for i, j in _twins(hotspots.iloc[scanned], number, rules):
            if not marked[scanned[i]]:
                marked[scanned[j]] = True
    return pd.Series(marked, index=hotspots.index)


def _twins(
    hotspots: gpd.GeoDataFrame, passing: NDArray[np.int64], rules: FootprintRules | None
) -> list[tuple[int, int]]:
    """Pairs of positions, the earlier first, sorted by the later."""
    bare = np.asarray(footprints(hotspots, rules=rules, widened=False))
    # each pass is laid beside the others, so that one tree finds no pairs of two passes
    west, south, east, north = shapely.bounds(bare).T
    quarantine = 720.0 * pd.factorize(passing)[0]
    boxes = shapely.box(west + quarantine, south, east + quarantine, north)
    i, j = STRtree(boxes).query(boxes)
    i, j = i[i < j], j[i < j]
    area = shapely.area(bare)
    shared = shapely.area(shapely.intersection(bare[i], bare[j]))
    are_twins = shared > TWIN_OVERLAP * np.minimum(area[i], area[j])
    i, j = i[are_twins], j[are_twins]
    order = np.lexsort((i, j))
    return list(zip(i[order].tolist(), j[order].tolist(), strict=True))
