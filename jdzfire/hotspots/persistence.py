"""When a geostationary hotspot counts: a fire stays, a glint does not.

Of single AHI detections in China about half are fires (54 % [V, field notes section 4]). A fire
is seen again ten minutes later at its place or beside it; sunlit cloud edges and hot ground
mostly are not, and least of all when the sun is low.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.orbits import sun_elevation

GEOSTATIONARY = ("AHI", "AGRI")
"""Sensors the rule is for."""


@dataclass(frozen=True)
class PersistenceRules:
    """How often a geostationary sensor must see a fire."""

    scan_min: float = 10.0
    """Time between two scans [V, Himawari full disk]."""
    seen_scans: int = 2
    """Scans of a run in which it must be seen [own rule: 2 of 3]."""
    run_scans: int = 3
    """Length of the run, in scans."""
    low_sun_seen_scans: int = 3
    """The same while the sun is low [own rule: 3 of 4]."""
    low_sun_run_scans: int = 4
    """Length of the run while the sun is low, in scans."""
    low_sun_deg: float = 8.0
    """The sun is low within this angle of the horizon, above or below: half an hour before
    and after sunrise and sunset at 29 N, and glint [K]."""
    near_deg: float = 0.03
    """The same fire in another scan: its cell of 0.02 degree or one beside it, edges included
    [C]."""
    strong_mw: float = 200.0
    """A detection of this power counts at once: a fire of a square kilometre must not wait
    twenty minutes, and glint that strong is rare [K]."""


def confirmed_scans(
    hotspots: gpd.GeoDataFrame, *, rules: PersistenceRules | None = None
) -> pd.Series:
    """Which hotspots count.

    A geostationary one counts when, in some run of three consecutive scans that has it, its fire
    was seen in two (four and three while the sun is low at its place); every scan of the run
    counts for itself, so two neighbours confirm each other. All other hotspots count.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows, in any order
    rules : PersistenceRules, optional

    Returns
    -------
    Series of bool, n, index kept

    Notes
    -----
    The slot of a scan is its time rounded down to ten minutes: one scan's lines carry times of
    some minutes. More hotspots only confirm more. About n log n.
    """
    rules = rules or PersistenceRules()
    counts = ~hotspots["instrument"].isin(GEOSTATIONARY).to_numpy()
    mine = np.flatnonzero(~counts)
    if not len(mine):
        return pd.Series(counts, index=hotspots.index)
    rows = hotspots.iloc[mine]
    lon, lat = rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy()
    at_s = rows["acquired_at"].astype("int64").to_numpy() / 1e6
    slot = np.floor(at_s / (60.0 * rules.scan_min)).astype(np.int64)
    low = np.abs(sun_elevation(lon, lat, at_s)[0]) <= rules.low_sun_deg
    most = max(rules.run_scans, rules.low_sun_run_scans)
    near = _scans_near(rows, lon, lat, slot, rules.near_deg, most)
    usual = _in_run(near, rules.seen_scans, rules.run_scans, most)
    strict = _in_run(near, rules.low_sun_seen_scans, rules.low_sun_run_scans, most)
    strong = (rows["frp_mw"] >= rules.strong_mw).to_numpy(dtype=bool)
    counts[mine] = np.where(low, strict, usual) | strong
    return pd.Series(counts, index=hotspots.index)


def _scans_near(
    rows: gpd.GeoDataFrame,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    slot: NDArray[np.int64],
    near_deg: float,
    most: int,
) -> NDArray[np.bool_]:
    """For each hotspot, whether its fire was seen in the scans around its own.

    Returns
    -------
    array of bool, n x (2 * most - 1)
        Column k is the scan ``k - (most - 1)`` after its own.
    """
    from scipy.spatial import cKDTree

    satellite = pd.factorize(rows["satellite"], sort=True)[0].astype(np.int64)
    reach = most - 1
    # a box in the tree: places by the cell distance, scans and satellites as further axes
    scaled = np.column_stack(
        [
            lon / (near_deg + 1e-9),
            lat / (near_deg + 1e-9),
            slot / (reach + 0.5),
            satellite * 1.0e3,
        ]
    )
    pairs = cKDTree(scaled).query_pairs(1.0, p=np.inf, output_type="ndarray")
    seen = np.zeros((len(rows), 2 * reach + 1), dtype=bool)
    seen[:, reach] = True
    step = slot[pairs[:, 1]] - slot[pairs[:, 0]]
    seen[pairs[:, 0], step + reach] = True
    seen[pairs[:, 1], -step + reach] = True
    return seen


def _in_run(seen: NDArray[np.bool_], least: int, of: int, most: int) -> NDArray[np.bool_]:
    """Whether some run of ``of`` scans with the own one in it has ``least`` seen."""
    own = most - 1
    found = np.zeros(len(seen), dtype=bool)
    for first in range(own - of + 1, own + 1):
        found |= seen[:, first : first + of].sum(axis=1) >= least
    return found
