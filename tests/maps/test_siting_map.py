from __future__ import annotations

import re

import pytest

from jdzfire.errors import UsageError
from jdzfire.maps.siting_map import draw_siting_map
from jdzfire.siting.coverage import coverage_share
from jdzfire.siting.demand import forest_cells
from jdzfire.siting.placement import solve_additional
from jdzfire.siting.sites import candidate_sites
from tests.siting.cities import settlements_at, teams_at, zones_of
from tests.tables import register_table

HOSTILE = "<img src=x onerror=alert(1)>`${alert(2)}`{{ 7*7 }}</script>"

CELLS = forest_cells(
    zones_of([{"box": (0, 0, 4000, 2000)}, {"box": (40_000, 0, 43_000, 2000), "county": HOSTILE}])
)
TEAMS = teams_at([(0, 0), (1000, 0)], available=[True, False])


def test_the_page_answers_and_asks_nobody() -> None:
    sites = candidate_sites(settlements_at([(41_000, 500)]))
    placement = solve_additional(CELLS, TEAMS, sites, k=1, minutes=30)
    page = draw_siting_map(placement.before, teams=TEAMS, placement=placement)
    assert "扑火队伍覆盖与选点" in page
    assert "直线距离×绕行系数" in page
    assert "0队" in page
    assert "1队" not in page  # cannot be sent
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    english = draw_siting_map(placement.before, teams=TEAMS, placement=placement, lang="en")
    assert "straight line x detour factor" in english
    assert page == draw_siting_map(placement.before, teams=TEAMS, placement=placement)


def test_outside_text_stays_text() -> None:
    teams = TEAMS.assign(name=HOSTILE)
    sites = candidate_sites(settlements_at([(41_000, 500)]).assign(name=HOSTILE))
    placement = solve_additional(CELLS, teams, sites, k=1, minutes=30)
    page = draw_siting_map(placement.before, teams=teams, placement=placement)
    assert "<img src=x" not in page
    scripts = "".join(re.findall(r"<script>(.*?)</script>", page, re.DOTALL))
    assert "${alert" not in scripts
    assert "&#96;&#36;{alert(2)}" in scripts  # in the tooltips, as characters
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "{{ 7*7 }}" in page  # not run as a template: 49


def test_an_empty_house_gives_a_page() -> None:
    nothing = forest_cells(zones_of([])[:0])
    coverage = coverage_share(nothing, TEAMS[:0], minutes=30)
    page = draw_siting_map(coverage, teams=TEAMS[:0], admin=register_table("admin", []))
    assert "尚无林区数据" in page


def test_no_such_language() -> None:
    coverage = coverage_share(CELLS, TEAMS, minutes=30)
    with pytest.raises(UsageError):
        draw_siting_map(coverage, teams=TEAMS, lang="fr")
