"""Forward placing: which crews stand where on some days of danger, and what that gains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.arrays import Floats
from jdzfire.errors import UsageError
from jdzfire.queries.grids import load_danger
from jdzfire.queries.reach import load_ground
from jdzfire.queries.siting import (
    SitingBasis,
    county_numbers,
    load_basis,
    past_fires,
)
from jdzfire.siting.blocks import fires_on_blocks
from jdzfire.siting.relocation import Rules, TeamPlan, plan_teams
from jdzfire.siting.risk import risk_by_grade
from jdzfire.weather.sampling import sample_weather
from jdzfire.workspace import Workspace

SEASON_DAYS = 20
"""Past fires of the same time of the year count, up to so many days off [d] [K]."""
FEWEST_FIRES = 10
"""With fewer of them all past fires count [K]."""


@dataclass(frozen=True)
class ForwardPlan:
    """Crews sent ahead for some days."""

    begins_at: datetime
    """First moment, aware."""
    ends_at: datetime
    """When they go home, aware."""
    plan: TeamPlan
    """Moves among the sites of ``basis``."""
    basis: SitingBasis
    """Blocks, sites and minutes."""
    weights: Floats
    """Fires to be expected in each block over these days."""
    fire_count: int
    """Past fires behind them."""
    is_of_season: bool
    """They are of the same time of the year; else of all the year."""
    has_danger: bool
    """The danger of these days is known and counts."""

    @property
    def posts(self) -> pd.DataFrame:
        """A row a crew that is sent ahead, the one that gains most first.

        Columns ``team_id``, ``team``, ``post_id``, ``post``, ``county``, ``lon``, ``lat``,
        ``gain_share``.
        """
        sites, rows = self.basis.sites, []
        for step in self.plan.steps.to_dict("records"):
            team, site = sites.iloc[int(step["team"])], sites.iloc[int(step["site"])]
            rows.append(
                {
                    "team_id": team["site_id"],
                    "team": team["name"],
                    "post_id": site["site_id"],
                    "post": site["name"],
                    "county": site["county"],
                    "lon": site["lon"],
                    "lat": site["lat"],
                    "gain_share": step["gain"] / (self.plan.total or np.nan),
                }
            )
        columns = ["team_id", "team", "post_id", "post", "county", "lon", "lat", "gain_share"]
        return pd.DataFrame(rows, columns=columns)

    def mean_minutes(self, *, forward: bool) -> float:
        """Mean minutes until the first crew, by expected fires, of those reached either way."""
        today = list(range(self.basis.teams))
        first = self.basis.minutes[today].min(axis=0, initial=np.inf)
        then = self.basis.minutes[list(self.plan.sites)].min(axis=0, initial=np.inf)
        both = np.isfinite(first) & np.isfinite(then)
        chosen = then if forward else first
        heavy = self.weights[both].sum()
        return float((chosen[both] * self.weights[both]).sum() / heavy) if heavy > 0 else np.nan


def place_forward(
    workspace: Workspace,
    begins_at: datetime,
    ends_at: datetime,
    *,
    crews: int,
    home_share: float = 0.5,
    within: float = 30.0,
    is_bound_to_county: bool = True,
) -> ForwardPlan:
    """Send crews ahead so that most of the fires to be expected are reached in time.

    Parameters
    ----------
    workspace : Workspace
    begins_at, ends_at : datetime, aware
    crews : int
        That may be sent ahead.
    home_share : float
        Share of the teams of each county that stays at home [0-1].
    within : float [min]
    is_bound_to_county : bool
        Crews stay in their county.

    Returns
    -------
    ForwardPlan

    Raises
    ------
    UsageError
        The days end before they begin, or a number makes no sense.
    """
    if ends_at <= begins_at or crews < 0 or not 0 <= home_share <= 1:
        raise UsageError(
            "the forward placing is ill-posed",
            expected="an end after the beginning, crews >= 0, home share from 0 to 1",
            found=f"{begins_at} to {ends_at}, {crews} crews, {home_share}",
        )
    basis = load_basis(workspace)
    weights, count, of_season, has_danger = _expected(workspace, basis, begins_at, ends_at)
    areas = county_numbers(basis)
    homes = []
    for area in np.unique(areas[: basis.teams]):
        mine = np.flatnonzero(areas[: basis.teams] == area)
        homes.append((mine, int(np.ceil(home_share * len(mine)))))
    plan = plan_teams(
        basis.minutes,
        weights,
        basis.places,
        teams=basis.teams,
        within=within,
        rules=Rules(moves=crews, homes=tuple(homes), areas=areas if is_bound_to_county else None),
    )
    return ForwardPlan(begins_at, ends_at, plan, basis, weights, count, of_season, has_danger)


def _expected(
    workspace: Workspace, basis: SitingBasis, begins_at: datetime, ends_at: datetime
) -> tuple[Floats, int, bool, bool]:
    """Fires to be expected in each block over the days; how many they follow from, and how."""
    fires, years = past_fires(workspace)
    middle = begins_at + (ends_at - begins_at) / 2
    half = (ends_at - begins_at) / 2 + timedelta(days=SEASON_DAYS)
    near = _days_off(fires["first_seen_at"], middle) <= half / timedelta(days=1)
    of_season = int(near.sum()) >= FEWEST_FIRES
    used = fires[near] if of_season else fires
    span_days = 2 * half / timedelta(days=1) if of_season else 365.25
    expected, surface = fires_on_blocks(load_ground(workspace), basis.blocks, used.geometry)
    days = (ends_at - begins_at) / timedelta(days=1)
    rate = expected / (years * span_days) * days
    if surface.count == 0:
        rate = basis.blocks["forest_ha"].to_numpy(float)
        rate = rate / rate.sum()
    risk = _risk(workspace, basis, fires, begins_at, ends_at)
    return (rate if risk is None else rate * risk), surface.count, of_season, risk is not None


def _days_off(times: pd.Series, middle: datetime) -> Floats:
    """Days between times and a moment, whatever the year."""
    day = times.dt.day_of_year.to_numpy(float)
    off = np.abs(day - pd.Timestamp(middle).day_of_year)
    return np.asarray(np.minimum(off, 365.25 - off), dtype=float)


def _risk(
    workspace: Workspace, basis: SitingBasis, fires: Any, begins_at: datetime, ends_at: datetime
) -> Floats | None:
    """How much likelier than on average fires are in each block on these days."""
    danger = load_danger(workspace)
    if danger is None or fires.empty:
        return None
    days = pd.date_range(begins_at, ends_at, freq="D", inclusive="left")
    lon, lat = basis.blocks["lon"].to_numpy(), basis.blocks["lat"].to_numpy()
    grades = [
        sample_weather(danger, lon, lat, day.to_pydatetime())["danger_grade"].to_numpy(
            dtype=float, na_value=np.nan
        )
        for day in days
    ]
    if not grades or np.isnan(grades).all():
        return None
    there = sample_weather(danger, fires["lon"], fires["lat"], fires["first_seen_at"])
    every = danger["danger_grade"].sel(
        lat=fires["lat"].to_xarray(), lon=fires["lon"].to_xarray(), method="nearest"
    )
    risk = risk_by_grade(
        there["danger_grade"].to_numpy(dtype=float, na_value=np.nan), every.to_numpy().ravel()
    )
    factors = np.append(risk, 1.0)  # the last where no grade is known
    numbers = np.where(np.isnan(grades), len(risk) + 1, grades).astype(int) - 1
    return np.asarray(factors[numbers].mean(axis=0), dtype=float)
