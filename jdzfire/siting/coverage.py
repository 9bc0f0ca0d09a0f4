"""Coverage: the share of forest the present teams can reach in time."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from jdzfire.arrays import Floats
from jdzfire.crs import metric_crs
from jdzfire.registers.teams import stations
from jdzfire.siting.assumptions import TravelAssumptions


@dataclass(frozen=True)
class Coverage:
    """What share of the forest lies within minutes of the teams."""

    minutes: float
    """Minutes from the alarm to arrival [min]."""
    assumptions: TravelAssumptions
    """How minutes became metres."""
    team_count: int
    """Teams that can be sent."""
    total_ha: float
    """Forest [ha]."""
    covered_ha: float
    """Forest within the minutes [ha]."""
    cells: gpd.GeoDataFrame
    """The cells with ``team_id``, ``distance_m``, ``arrival_min``, ``is_covered``."""
    by_county: pd.DataFrame
    """``county``, ``forest_ha``, ``covered_ha``, ``share``; ordered by county."""

    @property
    def share(self) -> float | None:
        """Share of the forest covered [0-1]; None without forest."""
        return self.covered_ha / self.total_ha if self.total_ha > 0 else None

    @property
    def sentence_zh(self) -> str:
        """The answer in one sentence, with its assumptions."""
        if self.share is None:
            return "尚无林区数据，无法计算覆盖率。"
        return (
            f"现有{self.team_count}支可派队伍，接警后{self.minutes:g}分钟内可到达全部林地的"
            f"{self.share:.1%}（{self.covered_ha:,.0f}公顷／{self.total_ha:,.0f}公顷）。"
            f"假定：{self.assumptions.text_zh}。"
        )

    @property
    def sentence_en(self) -> str:
        """The same in English."""
        if self.share is None:
            return "No forest zones are known, so there is no coverage to state."
        return (
            f"Within {self.minutes:g} minutes of the alarm the {self.team_count} available teams "
            f"reach {self.share:.1%} of the forest ({self.covered_ha:,.0f} of "
            f"{self.total_ha:,.0f} ha). Assumed: {self.assumptions.text_en}."
        )


def coverage_share(
    cells: gpd.GeoDataFrame,
    teams: gpd.GeoDataFrame,
    *,
    minutes: float,
    assumptions: TravelAssumptions | None = None,
) -> Coverage:
    """Share of the forest within minutes of the nearest available team.

    Parameters
    ----------
    cells : GeoDataFrame [forest cells], n rows, may be empty
        From :func:`jdzfire.siting.forest_cells`.
    teams : GeoDataFrame [TEAMS, EPSG:4326], may be empty
        Leave out beforehand the kinds that do not count.
    minutes : float [min]
        From the alarm to arrival.
    assumptions : TravelAssumptions, optional

    Returns
    -------
    Coverage
        Its ``cells`` keep rows and order. A cell is covered when its straight-line distance
        to a team is at most the reach; equal distances go to the smaller ``team_id``.

    Raises
    ------
    CrsError
        ``teams`` is not in EPSG:4326.
    """
    travel = assumptions or TravelAssumptions()
    ready = stations(teams)
    places, triage_state = planar(cells, ready)
    index, distance_m = nearest_index(places, triage_state)
    names = np.array([*ready["team_id"], None], dtype=object)
    reached = cells.assign(
        team_id=pd.Series(names[index], index=cells.index, dtype="str"),
        distance_m=np.where(np.isinf(distance_m), np.nan, distance_m),
        is_covered=distance_m <= travel.reach_m(minutes),
    )
    reached = reached.assign(arrival_min=travel.minutes_at(reached["distance_m"]))
    return Coverage(
        minutes=minutes,
        assumptions=travel,
        team_count=len(ready),
        total_ha=float(cells["forest_ha"].sum()),
        covered_ha=float(cells["forest_ha"][reached["is_covered"]].sum()),
        cells=reached,
        by_county=_by_county(reached),
    )


def _by_county(cells: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "county": cells["county"],
            "forest_ha": cells["forest_ha"],
            "covered_ha": cells["forest_ha"].where(cells["is_covered"], 0.0),
        }
    )
    summed = table.groupby("county", sort=True, dropna=False, as_index=False).sum()
    return summed.assign(share=summed["covered_ha"] / summed["forest_ha"])


_PAIRS_AT_ONCE = 4_000_000


def planar(cells: pd.DataFrame, *others: pd.DataFrame) -> list[Floats]:
    """Metric coordinates (n, 2) of tables with ``lon``, ``lat``, in the CRS that fits the first."""
    lon, lat = cells["lon"], cells["lat"]
    bounds = None
    if len(cells):
        bounds = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    to_metric = Transformer.from_crs("EPSG:4326", metric_crs(bounds), always_xy=True)
    places = []
    for table in (cells, *others):
        x, y = to_metric.transform(table["lon"].to_numpy(float), table["lat"].to_numpy(float))
        places.append(np.column_stack([x, y]).astype(float).reshape(-1, 2))
    return places


def nearest_index(places: Floats, targets: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Index of and distance [m] to the nearest target; equal to the millimetre: the first.

    Without targets the index is -1 and the distance infinite.
    """
    index = np.full(len(places), -1, dtype=np.int64)
    distance = np.full(len(places), np.inf)
    if len(targets) == 0:
        return index, distance
    block = max(1, _PAIRS_AT_ONCE // len(targets))
    for start in range(0, len(places), block):
        part = places[start : start + block]
        lengths = np.hypot(
            part[:, None, 0] - targets[None, :, 0], part[:, None, 1] - targets[None, :, 1]
        ).round(3)
        best = lengths.argmin(axis=1)
        index[start : start + block] = best
        distance[start : start + block] = lengths[np.arange(len(part)), best]
    return index, distance
