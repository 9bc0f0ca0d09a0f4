from __future__ import annotations

import itertools
import os
import re
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import UsageError
from jdzfire.siting.mclp import solve_mclp

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
AILS = SHARED / "coverage_instances" / "mclp_ails"
EARTH_M = 6_378_137.0

needs_shared = pytest.mark.skipif(not AILS.is_dir(), reason="../shared/data is not here")


def best_by_trying(covers: npt.NDArray[np.bool_], weights: list[float], k: int) -> float:
    sites = range(covers.shape[1])
    chosen = itertools.combinations(sites, min(k, covers.shape[1]))
    demand = np.array(weights, dtype=float)
    return max(float(demand[covers[:, list(c)].any(axis=1)].sum()) for c in chosen)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    demands=st.integers(1, 12),
    sites=st.integers(1, 7),
    k=st.integers(1, 4),
    density=st.floats(0.05, 0.7),
)
def test_the_optimum_is_that_of_trying_all(
    seed: int, demands: int, sites: int, k: int, density: float
) -> None:
    draw = np.random.default_rng(seed)
    covers = draw.random((demands, sites)) < density
    weights = draw.integers(0, 20, demands).astype(float).tolist()
    choice = solve_mclp(covers, weights, k=k)
    assert choice.is_optimal
    assert choice.weight == best_by_trying(covers, weights, k)
    reached = covers[:, list(choice.sites)].any(axis=1)
    assert np.array(weights)[reached].sum() == choice.weight
    assert len(choice.sites) <= k
    assert sorted(choice.gains, reverse=True) == list(choice.gains)


@pytest.mark.slow
def test_greedy_would_fail_here() -> None:
    # site 0 covers 6 of the middle, sites 1 and 2 cover 5 each and share nothing: greedy takes
    # 0 first and reaches 6 + 2, the optimum is 5 + 5
    covers = np.zeros((10, 3), dtype=bool)
    covers[2:8, 0] = True
    covers[:5, 1] = True
    covers[5:, 2] = True
    choice = solve_mclp(covers, [1.0] * 10, k=2)
    assert choice.sites == (1, 2)
    assert choice.gains == (5.0, 5.0)


def test_equal_sites_go_to_the_first_and_idle_ones_are_left_out() -> None:
    covers = np.array([[1, 1, 0], [1, 1, 0]], dtype=bool)
    choice = solve_mclp(covers, [2.0, 3.0], k=3)
    assert choice.sites == (0,)
    assert choice.gains == (5.0,)
    assert choice.is_optimal


def test_nothing_to_gain_gives_no_sites() -> None:
    assert solve_mclp(np.zeros((3, 2), dtype=bool), [1.0, 1.0, 1.0], k=2).sites == ()
    assert solve_mclp(np.ones((3, 2), dtype=bool), [0.0, 0.0, 0.0], k=2).sites == ()
    assert solve_mclp(np.ones((3, 2), dtype=bool), [1.0, 1.0, 1.0], k=0).sites == ()
    assert solve_mclp(np.zeros((0, 0), dtype=bool), [], k=2).is_optimal


@pytest.mark.parametrize(("weights", "k"), [([1.0], 1), ([1.0, -1.0], 1), ([1.0, 1.0], -1)])
def test_ill_posed_problems_are_refused(weights: list[float], k: int) -> None:
    with pytest.raises(UsageError, match="ill-posed"):
        solve_mclp(np.ones((2, 2), dtype=bool), weights, k=k)


def test_the_model_is_that_of_spopt_with_fixed_sites() -> None:
    # spopt's own way of fixing the old sites gives what we get by leaving their demand out
    import pulp
    from spopt.locate import MCLP

    draw = np.random.default_rng(7)
    covers = draw.random((40, 12)) < 0.2
    weights = draw.integers(1, 30, 40).astype(float)
    old = np.zeros(12, dtype=int)
    old[[2, 5]] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # spopt 0.7 on PuLP 3.3
        model = MCLP.from_cost_matrix(
            1.0 - covers, weights, 0.5, p_facilities=5, predefined_facilities_arr=old
        )
        model.problem.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0.0))
    covered = covers[:, old.astype(bool)].any(axis=1)
    choice = solve_mclp(covers[~covered], weights[~covered], k=3)
    assert weights[covered].sum() + choice.weight == pytest.approx(
        pulp.value(model.problem.objective)
    )


def test_stdout_stays_clean(capfd: pytest.CaptureFixture[str]) -> None:
    covers = np.random.default_rng(1).random((30, 10)) < 0.2
    solve_mclp(covers, [1.0] * 30, k=3)
    assert capfd.readouterr().out == ""


def published(name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    lines = [line.strip() for line in (AILS / f"{name}.txt").read_text().splitlines()]
    count = int(next(line for line in lines if line.startswith("DIMENSION")).split(":")[1])
    nodes = next(i for i, line in enumerate(lines) if line.startswith("NODE_COORD_SECTION")) + 1
    demand = lines.index("DEMAND_SECTION") + 1
    places = np.array([line.split() for line in lines[nodes : nodes + count]], dtype=float)
    return places, np.array(lines[demand : demand + count], dtype=float)


def within(places: npt.NDArray[np.float64], radius_m: float) -> npt.NDArray[np.bool_]:
    lat, lon = np.radians(places).T
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(half)) <= radius_m)


def optimum(name: str, p: int, radius_m: int) -> tuple[float, list[int]]:
    text = (AILS / f"optima_{name}_{p}_{radius_m}.txt").read_text()
    value, sites = re.search(r"f: (\d+)\s+Facilidade: ([\d ]+)", text).groups()  # type: ignore[union-attr]
    return float(value), [int(site) for site in sites.split()]


@pytest.mark.slow
@pytest.mark.real
@needs_shared
@pytest.mark.parametrize(("name", "radius_m"), [("NewYork", 400), ("Bronx", 600)])
@pytest.mark.parametrize("p", [50, 100])
def test_published_choices_have_their_published_value(name: str, radius_m: int, p: int) -> None:
    # of the published sites only: choosing all of them must give their value, by our gains
    places, weights = published(name)
    value, sites = optimum(name, p, radius_m)
    choice = solve_mclp(within(places, radius_m)[:, sites], weights, k=p)
    assert choice.weight == value


@pytest.mark.real
@needs_shared
@pytest.mark.skipif("SLOW_TESTS" not in os.environ, reason="25 s of solving: set SLOW_TESTS")
def test_a_published_optimum_is_found_and_proven() -> None:
    # 2,713 demands and sites, p = 50; p = 100 and the Bronx are not proven in 200 s
    places, weights = published("NewYork")
    choice = solve_mclp(within(places, 400), weights, k=50, time_limit_s=200)
    assert choice.is_optimal
    assert choice.weight == optimum("NewYork", 50, 400)[0]
