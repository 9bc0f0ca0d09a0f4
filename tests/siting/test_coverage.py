from __future__ import annotations

import itertools
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from jdzfire.errors import CrsError, SettingsError
from jdzfire.siting.assumptions import TravelAssumptions
from jdzfire.siting.coverage import coverage_share
from jdzfire.siting.demand import forest_cells
from jdzfire.siting.placement import solve_additional
from jdzfire.siting.sites import candidate_sites
from jdzfire.terrain.sampling import TREE_COVER
from tests.siting.cities import ORIGIN, lonlat, settlements_at, teams_at, zones_of
from tests.terrain.grids import grid

# 30 min less 10 at 30 km/h is 10 km of road, over 1.25 it is 8 km straight
TRAVEL = TravelAssumptions(speed_kmh=30, detour_factor=1.25, preparation_min=10)


def test_minutes_become_metres() -> None:
    assert TRAVEL.reach_m(30) == 8000
    assert TRAVEL.reach_m(10) == 0
    assert TRAVEL.reach_m(5) == 0
    assert TRAVEL.minutes_at(8000) == pytest.approx(30)
    assert TRAVEL.minutes_at(0) == 10
    assert "1.25" in TRAVEL.text_zh
    with pytest.raises(SettingsError, match="impossible"):
        TravelAssumptions(detour_factor=0.9)


def test_forest_is_counted_in_cells() -> None:
    # 4 x 2 km of forest on the kilometre grid: 8 cells of 100 ha
    cells = forest_cells(zones_of([{"box": (0, 0, 4000, 2000), "county": "浮梁县"}]))
    assert len(cells) == 8
    assert cells["forest_ha"].tolist() == [100.0] * 8
    assert cells["county"].tolist() == ["浮梁县"] * 8
    assert cells.to_crs("EPSG:4548").area.to_numpy() == pytest.approx(1e6, rel=1e-6)
    # the first cell is the south-western one, its forest in the middle of it
    middle = lonlat([500.0], [500.0]).iloc[0]
    assert cells["lon"].iloc[0] == pytest.approx(middle.x, abs=1e-7)
    assert cells["lat"].iloc[0] == pytest.approx(middle.y, abs=1e-7)


def test_partial_cells_count_their_share_and_overlaps_count_once() -> None:
    # 400 of 1000 m: 2 of 5 columns of samples, 40 ha; the second zone lies on the first
    zones = zones_of([{"box": (0, 0, 400, 1000)}, {"box": (0, 0, 400, 1000)}])
    cells = forest_cells(zones)
    assert cells["forest_ha"].tolist() == [40.0]
    assert cells["lon"].iloc[0] == pytest.approx(lonlat([200.0], [500.0]).x.iloc[0], abs=1e-7)
    assert cells["county"].isna().all()


def test_county_is_that_of_most_forest_in_the_cell() -> None:
    zones = zones_of(
        [
            {"box": (0, 0, 400, 1000), "county": "乐平市"},
            {"box": (400, 0, 1000, 1000), "county": "浮梁县"},
        ]
    )
    assert forest_cells(zones)["county"].tolist() == ["浮梁县"]


def test_land_cover_takes_the_open_land_out() -> None:
    # the western half of the zone is tree cover, the eastern half crops, a strip is unknown
    x = ORIGIN[0] + 100 + 200.0 * np.arange(10)
    y = ORIGIN[1] + 100 + 200.0 * np.arange(5)
    codes = np.full((5, 10), 40)
    codes[:, :5] = TREE_COVER
    codes[:, 9] = 255
    cover = grid(codes, x=x, y=y, crs="EPSG:4548", nodata=255)
    cells = forest_cells(zones_of([{"box": (0, 0, 2000, 1000)}]), landcover=cover)
    assert cells["forest_ha"].tolist() == [100.0, 20.0]  # unknown: the zone decides


def test_coverage_by_hand() -> None:
    # cell middles at 0.5, 1.5, ... 9.5 km along a line; a team at 0 reaches 8 km: 8 of 10 cells
    cells = forest_cells(
        zones_of(
            [
                {"box": (0, 0, 5000, 1000), "county": "浮梁县"},
                {"box": (5000, 0, 10000, 1000), "county": "乐平市"},
            ]
        )
    )
    coverage = coverage_share(cells, teams_at([(0, 500)]), minutes=30, assumptions=TRAVEL)
    assert coverage.total_ha == 1000
    assert coverage.covered_ha == 800
    assert coverage.share == 0.8
    by_county = coverage.by_county.set_index("county")
    assert by_county.loc["浮梁县", "share"] == 1.0
    assert by_county.loc["乐平市", "share"] == pytest.approx(0.6)  # 5.5, 6.5, 7.5 of 5
    # 0.5 km: 10 + 0.5 * 1.25 / 30 * 60 = 11.25 min
    assert coverage.cells["arrival_min"].iloc[0] == pytest.approx(11.25, abs=1e-3)
    assert "80.0%" in coverage.sentence_zh
    assert "绕行系数1.25" in coverage.sentence_zh
    assert "straight line x detour factor 1.25" in coverage.sentence_en


@pytest.mark.parametrize(("at_m", "share"), [(8499.9, 1.0), (8500.1, 0.0)])
def test_the_reach_is_a_limit(at_m: float, share: float) -> None:
    cells = forest_cells(zones_of([{"box": (0, 0, 1000, 1000)}]))
    coverage = coverage_share(cells, teams_at([(at_m, 500)]), minutes=30, assumptions=TRAVEL)
    assert coverage.share == share


def test_unavailable_teams_reach_nothing() -> None:
    cells = forest_cells(zones_of([{"box": (0, 0, 1000, 1000)}]))
    teams = teams_at([(0, 0)], available=[False])
    coverage = coverage_share(cells, teams, minutes=30)
    assert (coverage.team_count, coverage.share) == (0, 0.0)
    assert coverage.cells["team_id"].isna().all()
    assert coverage.cells["arrival_min"].isna().all()


def test_no_forest_says_so() -> None:
    cells = forest_cells(zones_of([])[:0])
    coverage = coverage_share(cells, teams_at([(0, 0)]), minutes=30)
    assert coverage.share is None
    assert "尚无林区数据" in coverage.sentence_zh
    placement = solve_additional(
        cells, teams_at([(0, 0)]), candidate_sites(settlements_at([(0, 0)])), k=2, minutes=30
    )
    assert placement.share_after is None
    assert len(placement.sites) == 0
    assert "无法选点" in placement.sentence_zh
    assert list(cells) == list(forest_cells(zones_of([{"box": (0, 0, 1000, 1000)}])))


def test_teams_in_another_crs_are_refused() -> None:
    cells = forest_cells(zones_of([{"box": (0, 0, 1000, 1000)}]))
    with pytest.raises(CrsError, match="stored CRS"):
        coverage_share(cells, teams_at([(0, 0)]).to_crs("EPSG:4548"), minutes=30)


def test_placement_by_hand() -> None:
    # forest in three blocks: 4 cells by the team, 3 cells 40 km east, 2 cells 40 km north
    zones = zones_of(
        [
            {"box": (0, 0, 4000, 1000)},
            {"box": (40_000, 0, 43_000, 1000)},
            {"box": (0, 40_000, 2000, 41_000)},
        ]
    )
    cells, teams = forest_cells(zones), teams_at([(0, 0)])
    sites = candidate_sites(settlements_at([(0, 0), (0, 40_500), (41_500, 500), (41_500, 600)]))
    placement = solve_additional(cells, teams, sites, k=3, minutes=30, assumptions=TRAVEL)
    # S2 and S3 cover the same 300 ha: the smaller id; S0 adds nothing and is not named
    assert placement.sites["site_id"].tolist() == ["S2", "S1"]
    assert placement.sites["gain_ha"].tolist() == [300.0, 200.0]
    assert placement.sites["share_after"].tolist() == pytest.approx([7 / 9, 1.0])
    assert placement.before.share == pytest.approx(4 / 9)
    assert placement.share_after == pytest.approx(1.0)
    assert len(placement.gained_cells) == 5
    assert placement.is_optimal
    assert "由44.4%提高到100.0%" in placement.sentence_zh
    assert "2村（+300公顷）" in placement.sentence_zh
    again = solve_additional(cells, teams, sites.iloc[::-1], k=3, minutes=30, assumptions=TRAVEL)
    pd.testing.assert_frame_equal(placement.sites, again.sites)


SCATTERED = forest_cells(
    zones_of(
        [
            {"box": (x, y, x + 3000, y + 2000)}
            for x, y in [(0, 0), (4000, 9000), (15_000, 3000), (22_000, 20_000), (1000, 24_000)]
        ]
    )
)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 3), count=st.integers(1, 6))
def test_placement_agrees_with_trying_all(seed: int, k: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    stations, options = draw.uniform(0, 25_000, (2, 2)), draw.uniform(0, 25_000, (count, 2))
    placement = solve_additional(
        SCATTERED,
        teams_at([tuple(place) for place in stations]),
        candidate_sites(settlements_at([tuple(place) for place in options])),
        k=k,
        minutes=30,
        assumptions=TRAVEL,
    )
    middle = gpd.points_from_xy(SCATTERED["lon"], SCATTERED["lat"], crs="EPSG:4326")
    metric = middle.to_crs("EPSG:4548")
    cells = np.column_stack([metric.x - ORIGIN[0], metric.y - ORIGIN[1]])
    weight = SCATTERED["forest_ha"].to_numpy()

    def share(places: Sequence[npt.NDArray[np.float64]]) -> float:
        reached = [np.hypot(*(cells - place).T) <= 8000 for place in places]
        return float(weight[np.any(reached, axis=0)].sum() / weight.sum())

    best = max(share([*stations, *more]) for more in itertools.combinations(options, min(k, count)))
    assert placement.share_after == pytest.approx(best)
    stated = [options[int(site[1:])] for site in placement.sites["site_id"]]
    assert share([*stations, *stated]) == pytest.approx(best)


def test_candidates_along_roads() -> None:
    line = gpd.GeoSeries(
        [LineString([(ORIGIN[0], ORIGIN[1]), (ORIGIN[0] + 12_000, ORIGIN[1])])] * 2, crs="EPSG:4548"
    ).to_crs("EPSG:4326")
    roads = gpd.GeoDataFrame(
        {"road_id": ["R1", "R2"], "name": ["G206", "小路"], "road_class": ["trunk", "track"]},
        geometry=line.to_numpy(),
        crs="EPSG:4326",
    )
    sites = candidate_sites(settlements_at([(0, 0)]), roads=roads, road_step_m=5000)
    # 12 km in steps of at most 5 km: 0, 4, 8, 12 km
    assert sites["site_id"].tolist() == ["R1:0:0", "R1:0:1", "R1:0:2", "R1:0:3", "S0"]
    assert sites["lon"].iloc[1] == pytest.approx(lonlat([4000.0], [0.0]).x.iloc[0], abs=1e-7)
    assert sites["kind"].tolist() == ["road"] * 4 + ["village"]
    nameless = candidate_sites(
        settlements_at([]), roads=roads.assign(name=pd.Series([None, None], dtype="str"))
    )
    assert nameless["name"].tolist()[0] == "R1"
