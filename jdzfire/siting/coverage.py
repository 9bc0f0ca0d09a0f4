"""Coverage: the share of forest the teams that stand now can reach in time."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.siting.assumptions import TravelAssumptions
from jdzfire.siting.metric import nearest_index, planar
from jdzfire.teams import stations

__all__ = ["Coverage", "coverage_share"]


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
            return "No forest zones are known, so there is no coverage to tell."
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
    places, standing = planar(cells, ready)
    index, distance_m = nearest_index(places, standing)
    names = np.array([*ready["team_id"], None], dtype=object)
    told = cells.assign(
        team_id=pd.Series(names[index], index=cells.index, dtype="str"),
        distance_m=np.where(np.isinf(distance_m), np.nan, distance_m),
        is_covered=distance_m <= travel.reach_m(minutes),
    )
    told = told.assign(arrival_min=travel.minutes_at(told["distance_m"]))
    return Coverage(
        minutes=minutes,
        assumptions=travel,
        team_count=len(ready),
        total_ha=float(cells["forest_ha"].sum()),
        covered_ha=float(cells["forest_ha"][told["is_covered"]].sum()),
        cells=told,
        by_county=_by_county(told),
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
