"""Plan: coverage, sites and the season's report from the workspace."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd

from jdzfire.board.board import Edition
from jdzfire.errors import UsageError
from jdzfire.maps.season_map import draw_season_map, without_ground_reports
from jdzfire.maps.siting_map import draw_siting_map
from jdzfire.queries.grids import load_elevation, load_landcover
from jdzfire.queries.reach import COUNTED_KINDS
from jdzfire.queries.season import year_span
from jdzfire.queries.watched import watched_hotspots
from jdzfire.siting.coverage import Coverage, coverage_share
from jdzfire.siting.demand import forest_cells
from jdzfire.siting.placement import Placement, solve_additional
from jdzfire.siting.sites import candidate_sites
from jdzfire.store.atomic import write_atomic
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace, watched_area


def cover_forest(
    workspace: Workspace, *, minutes: float, lang: str | None = None
) -> tuple[Coverage, Path]:
    """Share of the forest the teams reach in time, and the map of it.

    Returns
    -------
    Coverage, Path
        The path is that of the map page, in the published folder.
    """
    teams = _teams(workspace)
    coverage = coverage_share(
        _cells(workspace), teams, minutes=minutes, assumptions=workspace.settings.siting
    )
    return coverage, _publish_page(workspace, "coverage", coverage, teams, None, lang)


def place_more(
    workspace: Workspace, *, k: int, minutes: float, lang: str | None = None
) -> tuple[Placement, Path]:
    """Where k more teams gain most, and the map of it.

    Returns
    -------
    Placement, Path
    """
    teams = _teams(workspace)
    sites = candidate_sites(
        load_register(workspace.home, "settlements"), roads=load_register(workspace.home, "roads")
    )
    placement = solve_additional(
        _cells(workspace), teams, sites, k=k, minutes=minutes, assumptions=workspace.settings.siting
    )
    return placement, _publish_page(workspace, "sites", placement.before, teams, placement, lang)


def map_season(
    workspace: Workspace,
    year: int,
    *,
    at: datetime,
    edition: Edition = "internal",
    lang: str | None = None,
) -> tuple[bytes, int]:
    """The season map of a Beijing calendar year until a moment, and how many hotspots it shows.

    Parameters
    ----------
    workspace : Workspace
    year : int
    at : datetime
        Hotspots after it are left out; the end of the year when that has passed.
    edition : {"internal", "public"}
        The public one is without ground reports.
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
    since, until = year_span(year)
    if at < since:
        raise UsageError(f"{year} has not begun", expected="a year with hotspots", found=str(at))
    now = min(at, until - timedelta(minutes=1))
    until = now + timedelta(microseconds=1)
    hotspots = watched_hotspots(workspace, watched_area(workspace), since=since, until=until)
    if edition == "public":
        hotspots = without_ground_reports(hotspots)
    page = draw_season_map(
        hotspots,
        now=now,
        year=year,
        city=workspace.settings.city,
        admin=load_register(workspace.home, "admin"),
        dem=load_elevation(workspace),
        edition=edition,
        lang=lang or workspace.settings.lang,
    )
    return page.encode("utf-8"), len(hotspots)


def _teams(workspace: Workspace) -> gpd.GeoDataFrame:
    teams = load_register(workspace.home, "teams")
    return teams[teams["kind"].isin(COUNTED_KINDS)].reset_index(drop=True)


def _cells(workspace: Workspace) -> gpd.GeoDataFrame:
    return forest_cells(load_register(workspace.home, "zones"), landcover=load_landcover(workspace))


def _publish_page(
    workspace: Workspace,
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
        admin=load_register(workspace.home, "admin"),
        lang=lang or workspace.settings.lang,
    )
    path = workspace.home.published_dir / "siting" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, page.encode("utf-8"))
    return path
