"""Placement: where k more teams would gain most forest, the present ones fixed."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from jdzfire.siting.assumptions import TravelAssumptions
from jdzfire.siting.coverage import Coverage, coverage_share, planar
from jdzfire.siting.mclp import solve_mclp

PLACEMENT_COLUMNS = {
    "rank": "int64",
    "site_id": "str",
    "name": "str",
    "kind": "str",
    "lon": "float64",
    "lat": "float64",
    "gain_ha": "float64",
    "share_after": "float64",
}
"""Columns of ``Placement.sites``: gain and share with this site and those ranked before it."""


@dataclass(frozen=True)
class Placement:
    """Where k more teams gain most."""

    k: int
    """Teams asked for."""
    before: Coverage
    """Coverage by the present teams."""
    sites: pd.DataFrame
    """[PLACEMENT_COLUMNS], best first; fewer than k when more would add nothing."""
    is_optimal: bool
    """True when no other k sites among the candidates cover more."""
    candidate_count: int
    """Sites that were candidates."""
    gained_cells: tuple[str, ...]
    """``cell_id`` of the forest cells the new sites reach and the old teams do not."""

    @property
    def gain_ha(self) -> float:
        """Forest gained [ha]."""
        return float(self.sites["gain_ha"].sum())

    @property
    def share_after(self) -> float | None:
        """Share of the forest covered with the new sites [0-1]; None without forest."""
        if self.before.share is None:
            return None
        return (self.before.covered_ha + self.gain_ha) / self.before.total_ha

    @property
    def sentence_zh(self) -> str:
        """The answer in words, with its assumptions."""
        if self.before.share is None or self.share_after is None:
            return "尚无林区数据，无法选点。"
        if self.sites.empty:
            return f"{self.before.sentence_zh}在候选点中增设队伍不能再提高覆盖率。"
        named = "、".join(f"{row.name}（+{row.gain_ha:,.0f}公顷）" for row in self._rows())
        proof = "已证明为最优" if self.is_optimal else "限时内的较好解，未证明最优"
        return (
            f"在{self.candidate_count}个候选点中增设{len(self.sites)}支队伍，"
            f"{self.before.minutes:g}分钟覆盖率由{self.before.share:.1%}提高到"
            f"{self.share_after:.1%}：{named}。（{proof}；假定：{self.before.assumptions.text_zh}）"
        )

    @property
    def sentence_en(self) -> str:
        """The same in English."""
        if self.before.share is None or self.share_after is None:
            return "No forest zones are known, so no site can be chosen."
        if self.sites.empty:
            return f"{self.before.sentence_en} No candidate site would add to it."
        named = ", ".join(f"{row.name} (+{row.gain_ha:,.0f} ha)" for row in self._rows())
        proof = "proven optimal" if self.is_optimal else "best found in the time, not proven"
        return (
            f"{len(self.sites)} more teams among {self.candidate_count} candidate sites raise "
            f"{self.before.minutes:g}-minute coverage from {self.before.share:.1%} to "
            f"{self.share_after:.1%}: {named}. ({proof}; assumed: "
            f"{self.before.assumptions.text_en})"
        )

    def _rows(self) -> list[_Site]:
        pairs = zip(self.sites["name"], self.sites["gain_ha"], strict=True)
        return [_Site(str(name), float(gain)) for name, gain in pairs]


@dataclass(frozen=True)
class _Site:
    name: str
    gain_ha: float


def solve_additional(
    cells: gpd.GeoDataFrame,
    teams: gpd.GeoDataFrame,
    candidates: pd.DataFrame,
    *,
    k: int,
    minutes: float,
    assumptions: TravelAssumptions | None = None,
    time_limit_s: float = 60.0,
) -> Placement:
    """The k candidate sites that add most forest to what the teams reach now.

    The present teams stay where they are, so only forest they do not reach counts:
    the covering problem over the rest is the same problem with the old sites fixed.

    Parameters
    ----------
    cells : GeoDataFrame [forest cells], may be empty
        From :func:`jdzfire.siting.forest_cells`.
    teams : GeoDataFrame [TEAMS, EPSG:4326], may be empty
    candidates : DataFrame [SITE_COLUMNS], may be empty
        From :func:`jdzfire.siting.candidate_sites`.
    k : int
        Teams to add.
    minutes : float [min]
        From the alarm to arrival.
    assumptions : TravelAssumptions, optional
    time_limit_s : float [s]

    Returns
    -------
    Placement
        Of sites that cover the same forest the smaller ``site_id`` is chosen.

    Raises
    ------
    UsageError
        ``k`` is negative.
    CrsError
        ``teams`` is not in EPSG:4326.
    """
    before = coverage_share(cells, teams, minutes=minutes, assumptions=assumptions)
    ordered = candidates.sort_values("site_id", kind="stable", ignore_index=True)
    waiting = before.cells.loc[~before.cells["is_covered"]].sort_values("cell_id", kind="stable")
    covers = _covers(cells, waiting, ordered, before.assumptions.reach_m(minutes))
    choice = solve_mclp(covers, waiting["forest_ha"], k=k, time_limit_s=time_limit_s)
    chosen = ordered.iloc[list(choice.sites)].reset_index(drop=True)
    gains = np.array(choice.gains, dtype=float)
    total = before.total_ha if before.total_ha > 0 else np.nan
    sites = chosen.assign(
        rank=np.arange(1, len(chosen) + 1),
        gain_ha=gains,
        share_after=(before.covered_ha + np.cumsum(gains)) / total,
    )
    return Placement(
        k=k,
        before=before,
        sites=sites[list(PLACEMENT_COLUMNS)].astype(PLACEMENT_COLUMNS),
        is_optimal=choice.is_optimal,
        candidate_count=len(ordered),
        gained_cells=tuple(waiting["cell_id"].to_numpy()[_reached(covers, choice.sites)]),
    )


def _reached(covers: sparse.csc_matrix, sites: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which waiting cells any of the sites reaches."""
    return np.asarray(covers[:, list(sites)].sum(axis=1)).ravel() > 0


def _covers(
    cells: gpd.GeoDataFrame, waiting: pd.DataFrame, sites: pd.DataFrame, reach_m: float
) -> sparse.csc_matrix:
    """Which site reaches which waiting cell; the CRS is that of all cells."""
    shape = (len(waiting), len(sites))
    if 0 in shape or reach_m <= 0:
        return sparse.csc_matrix(shape, dtype=bool)
    _, demand, places = planar(cells, waiting, sites)
    reached = cKDTree(demand).query_ball_point(places, reach_m)
    site = np.repeat(np.arange(len(sites)), [len(found) for found in reached])
    cell = np.concatenate([np.asarray(found, dtype=int) for found in reached])
    return sparse.csc_matrix((np.ones(len(cell), dtype=bool), (cell, site)), shape=shape)
