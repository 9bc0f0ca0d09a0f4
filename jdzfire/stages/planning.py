"""Planning: coverage, sites and the season's report from what the house holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import shapely

from jdzfire.errors import UsageError
from jdzfire.events import concerning_area
from jdzfire.hotspots import footprints
from jdzfire.publish import Edition
from jdzfire.publish.season_map import draw_season_map, without_people
from jdzfire.publish.siting_map import draw_siting_map
from jdzfire.season import SeasonReport, report_season
from jdzfire.siting import (
    Coverage,
    Placement,
    candidate_sites,
    coverage_share,
    forest_cells,
    solve_additional,
)
from jdzfire.stages.house import House
from jdzfire.stages.standing import ROUND_DEG, load_elevation, load_landcover
from jdzfire.stages.watched import watched_area
from jdzfire.store import (
    load_hotspots,
    load_register,
    load_rejected,
    write_atomic,
)

__all__ = ["cover_forest", "map_season", "place_more", "report_year"]

COUNTED_KINDS = ("professional", "semi-professional")
"""Teams that are sent to a forest fire; volunteers back them up."""


def cover_forest(house: House, *, minutes: float, lang: str | None = None) -> tuple[Coverage, Path]:
    """Share of the forest the teams reach in time, and the map of it.

    Returns
    -------
    Coverage, Path
        The path is that of the map page, in the published folder.
    """
    teams = _teams(house)
    coverage = coverage_share(
        _cells(house), teams, minutes=minutes, assumptions=house.settings.siting
    )
    return coverage, _put_up(house, "coverage", coverage, teams, None, lang)


def place_more(
    house: House, *, k: int, minutes: float, lang: str | None = None
) -> tuple[Placement, Path]:
    """Where k more teams gain most, and the map of it.

    Returns
    -------
    Placement, Path
    """
    teams = _teams(house)
    sites = candidate_sites(
        load_register(house.home, "settlements"), roads=load_register(house.home, "roads")
    )
    placement = solve_additional(
        _cells(house), teams, sites, k=k, minutes=minutes, assumptions=house.settings.siting
    )
    return placement, _put_up(house, "sites", placement.before, teams, placement, lang)


def report_year(house: House, year: int) -> SeasonReport:
    """The numbers of a Beijing calendar year."""
    home, ledger = house.home, house.ledger
    since, until = _year_span(year)
    return report_season(
        year,
        cases=ledger.load_cases(),
        case_log=ledger.load_case_log(),
        events=ledger.load_events(),
        verdicts=ledger.load_verdicts(),
        permits=load_register(home, "permits"),
        teams=load_register(home, "teams"),
        hotspots=load_hotspots(home, since=since, until=until),
        rejected=load_rejected(home),
        city=house.settings.city,
    )


def map_season(
    house: House,
    year: int,
    *,
    at: datetime,
    edition: Edition = "internal",
    lang: str | None = None,
) -> tuple[bytes, int]:
    """The season map of a Beijing calendar year until a moment, and how many hotspots it shows.

    Parameters
    ----------
    house : House
    year : int
    at : datetime
        Hotspots after it are left out; the end of the year when that has passed.
    edition : {"internal", "public"}
        The public one is without reports of people.
    lang : str, optional
        Default: that of the settings.

    Returns
    -------
    bytes, int

    Raises
    ------
    UsageError
        The year has not begun.
    """
    since, until = _year_span(year)
    if at < since:
        raise UsageError(f"{year} has not begun", expected="a year with hotspots", found=str(at))
    now = min(at, until - timedelta(minutes=1))
    hotspots = _concerning(house, since, now + timedelta(microseconds=1))
    if edition == "public":
        hotspots = without_people(hotspots)
    page = draw_season_map(
        hotspots,
        now=now,
        year=year,
        city=house.settings.city,
        admin=load_register(house.home, "admin"),
        dem=load_elevation(house),
        edition=edition,
        lang=lang or house.settings.lang,
    )
    return page.encode("utf-8"), len(hotspots)


def _concerning(house: House, since: datetime, until: datetime) -> gpd.GeoDataFrame:
    """Hotspots of a time whose footprint touches the watched area."""
    area = watched_area(house)
    west, south, east, north = (float(v) for v in shapely.bounds(area))
    near = load_hotspots(
        house.home,
        since=since,
        until=until,
        bbox=(west - ROUND_DEG, south - ROUND_DEG, east + ROUND_DEG, north + ROUND_DEG),
    )
    rules = house.settings.rules
    shapes = footprints(near, rules=rules.footprint)
    return near[concerning_area(near, shapes, area, rules=rules.events)].reset_index(drop=True)


def _year_span(year: int) -> tuple[datetime, datetime]:
    """First moment of a Beijing calendar year, and of the next."""
    since = datetime(year - 1, 12, 31, 16, tzinfo=UTC)  # midnight in Beijing
    return since, datetime(year, 12, 31, 16, tzinfo=UTC)


def _teams(house: House) -> gpd.GeoDataFrame:
    teams = load_register(house.home, "teams")
    return teams[teams["kind"].isin(COUNTED_KINDS)].reset_index(drop=True)


def _cells(house: House) -> gpd.GeoDataFrame:
    return forest_cells(load_register(house.home, "zones"), landcover=load_landcover(house))


def _put_up(
    house: House,
    name: str,
    coverage: Coverage,
    teams: gpd.GeoDataFrame,
    placement: Placement | None,
    lang: str | None,
) -> Path:
    page = draw_siting_map(
        coverage,
        teams=teams,
        placement=placement,
        admin=load_register(house.home, "admin"),
        lang=lang or house.settings.lang,
    )
    path = house.home.published_dir / "siting" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, page.encode("utf-8"))
    return path
