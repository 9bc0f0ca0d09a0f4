"""Covering twice, and the expected standard response: enough teams at each fire in time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError
from jdzfire.siting.highs import Program, solve_program
from jdzfire.siting.solution import Solution

_ROUNDING = 1e-6


def solve_bacop2(
    covers: sparse.spmatrix | npt.NDArray[np.bool_],
    weights: npt.ArrayLike,
    *,
    p: int,
    share_first: float = 0.5,
    fixed: Sequence[int] = (),
    time_limit_s: float = 60.0,
) -> Solution:
    """Choose p sites for demand covered once and again (BACOP2, Hogan & ReVelle 1986).

    Parameters
    ----------
    covers : sparse or dense boolean matrix, (n demands, m sites)
    weights : array_like, n
        Not negative.
    p : int
        Sites to choose, the fixed ones among them.
    share_first : float
        Weight of being covered at all against being covered twice, 0 to 1.
    fixed : sequence of int
    time_limit_s : float [s]

    Returns
    -------
    Solution
        The value is ``share_first`` x weight covered + (1 - ``share_first``) x weight covered by
        two sites or more.

    Raises
    ------
    UsageError
        Shapes do not fit, or a number is out of its range.
    """
    begun = time.monotonic()
    matrix = sparse.csr_array(covers).astype(float)
    demand = np.asarray(weights, dtype=float)
    held = np.unique(np.asarray(fixed, dtype=np.int64))
    demands, sites = matrix.shape
    if len(demand) != demands or (demand < 0).any() or not 0 <= share_first <= 1 or p < len(held):
        raise UsageError(
            "the backup covering problem is ill-posed",
            expected="a weight >= 0 for each demand, a share of 0 to 1, p >= the fixed sites",
            found=f"{matrix.shape}, {len(demand)} weights, share {share_first}, p {p}",
        )
    once, twice = sparse.eye_array(demands), sparse.eye_array(demands)
    rows = sparse.vstack(
        [
            sparse.hstack([-matrix, once, twice]),
            sparse.hstack([sparse.csr_array((demands, sites)), -once, twice]),
            sparse.csr_array(np.concatenate([np.ones(sites), np.zeros(2 * demands)])[None, :]),
        ]
    )
    least = np.zeros(sites + 2 * demands)
    least[held] = 1.0
    number = min(p, sites)
    # half a cover and half a backup by one site would pay when backup counts for more
    is_whole = np.arange(sites + 2 * demands) < sites
    is_whole[sites + demands :] |= share_first < 0.5
    answer = solve_program(
        Program(
            cost=-np.concatenate(
                [np.zeros(sites), share_first * demand, (1 - share_first) * demand]
            ),
            rows=sparse.csr_array(rows),
            lower=np.concatenate([np.full(2 * demands, -np.inf), [number]]),
            upper=np.concatenate([np.zeros(2 * demands), [number]]),
            is_whole=is_whole,
            least=least,
        ),
        time_limit_s=time_limit_s,
    )
    chosen = held if answer.x is None else np.flatnonzero(answer.x[:sites] > 0.5)
    count = np.asarray(matrix[:, chosen].sum(axis=1)).ravel()
    value = share_first * demand[count >= 1].sum() + (1 - share_first) * demand[count >= 2].sum()
    bound = max(-answer.bound, float(value))
    is_optimal = bool(bound - value <= _ROUNDING * max(1.0, bound))
    return Solution(
        sites=tuple(int(site) for site in chosen),
        value=float(value),
        bound=float(value) if is_optimal else bound,
        is_optimal=is_optimal,
        seconds=time.monotonic() - begun,
    )


@dataclass(frozen=True)
class Scenario:
    """Fires that burn at the same time, as likely as its weight says."""

    probability: float
    """Not negative; those of all scenarios need not sum to 1."""
    fires: Ints
    """Rows of the cover matrix, one a fire."""
    needs: Ints
    """Teams each fire needs in time."""


@dataclass(frozen=True)
class ResponsePlan:
    """Teams by site, and what share of the fires gets enough of them in time."""

    teams: tuple[int, ...]
    """Of each site."""
    solution: Solution
    """Its value: expected number of fires that do not get enough teams in time."""


def solve_standard_response(
    covers: sparse.spmatrix | npt.NDArray[np.bool_],
    scenarios: Sequence[Scenario],
    *,
    teams: int,
    room: int | npt.ArrayLike = 1,
    least: npt.ArrayLike = 0,
    gap: float = 0.0,
    time_limit_s: float = 60.0,
) -> ResponsePlan:
    """Place teams so that the fewest fires are expected without their standard response.

    Haight & Fried (2007): the standard response of a fire is a number of teams within a time; a
    team goes to one fire of a scenario.

    Parameters
    ----------
    covers : sparse or dense boolean matrix, (n places, m sites)
        Which site is in time at which place.
    scenarios : sequence of Scenario
    teams : int
        Teams to place.
    room : int or array_like, m
        Most teams at a site.
    least : int or array_like, m
        Teams that stay at a site in any case.
    gap : float
        Stop when value and bound are this near, as a share.
    time_limit_s : float [s]

    Returns
    -------
    ResponsePlan

    Raises
    ------
    UsageError
        More teams stay than there are, or than a site has room for.
    """
    begun = time.monotonic()
    matrix = sparse.csr_array(covers)
    sites = matrix.shape[1]
    most = np.broadcast_to(np.asarray(room, dtype=float), sites)
    stay = np.broadcast_to(np.asarray(least, dtype=float), sites)
    if (stay > most).any() or stay.sum() > teams:
        raise UsageError(
            "more teams stay than can",
            expected=f"at most {teams} in all, and at each site no more than its room",
            found=f"{int(stay.sum())} that stay",
        )
    program = _response_program(matrix, scenarios, teams, most, stay)
    answer = solve_program(program, time_limit_s=time_limit_s, gap=gap)
    placed = stay if answer.x is None else np.rint(answer.x[:sites])
    # what the teams do there, found anew and not taken from the plan's own answer
    settled = _response_program(matrix, scenarios, teams, placed, placed)
    answered = solve_program(settled, time_limit_s=time_limit_s)
    expected = float(sum(one.probability * len(one.fires) for one in scenarios))
    value = expected + (0.0 if answered.x is None else float(settled.cost @ answered.x))
    bound = min(max(expected + answer.bound, 0.0), value)
    is_optimal = value - bound <= _ROUNDING * max(1.0, value)
    solution = Solution(
        sites=tuple(int(site) for site in np.flatnonzero(placed > 0)),
        value=value,
        bound=value if is_optimal else bound,
        is_optimal=is_optimal,
        seconds=time.monotonic() - begun,
    )
    return ResponsePlan(tuple(int(count) for count in placed), solution)


def _response_program(
    matrix: sparse.csr_array, scenarios: Sequence[Scenario], teams: int, most: Floats, stay: Floats
) -> Program:
    """Columns: teams of a site; a fire is answered; teams of a site at a fire.

    With whole teams and answers the last are whole of themselves: they are a flow.
    """
    sites = matrix.shape[1]
    place = np.concatenate([one.fires for one in scenarios] or [np.array([], dtype=np.int64)])
    need = np.concatenate([one.needs for one in scenarios] or [np.array([], dtype=np.int64)])
    of = np.repeat(np.arange(len(scenarios)), [len(one.fires) for one in scenarios])
    worth = np.repeat([one.probability for one in scenarios], [len(one.fires) for one in scenarios])
    fires = len(place)
    sent = sparse.coo_array(matrix[place]) if fires else sparse.coo_array((0, sites))
    fire, site = sent.row, sent.col
    sent_at = sites + fires + np.arange(len(fire))
    columns = sites + fires + len(fire)
    enough = sparse.csr_array(
        (
            np.concatenate([np.ones(len(fire)), -need.astype(float)]),
            (
                np.concatenate([fire, np.arange(fires)]),
                np.concatenate([sent_at, sites + np.arange(fires)]),
            ),
        ),
        shape=(fires, columns),
    )
    pair, pair_of = np.unique(of[fire] * sites + site, return_inverse=True)
    within = sparse.csr_array(
        (
            np.concatenate([np.ones(len(fire)), -np.ones(len(pair))]),
            (
                np.concatenate([pair_of, np.arange(len(pair))]),
                np.concatenate([sent_at, pair % sites]),
            ),
        ),
        shape=(len(pair), columns),
    )
    number = sparse.csr_array(
        (np.ones(sites), (np.zeros(sites, int), np.arange(sites))), shape=(1, columns)
    )
    return Program(
        cost=np.concatenate([np.zeros(sites), -worth, np.zeros(len(fire))]),
        rows=sparse.csr_array(sparse.vstack([enough, within, number])),
        lower=np.concatenate([np.zeros(fires), np.full(len(pair), -np.inf), [-np.inf]]),
        upper=np.concatenate([np.full(fires, np.inf), np.zeros(len(pair)), [teams]]),
        is_whole=np.arange(columns) < sites + fires,
        least=np.concatenate([stay, np.zeros(fires + len(fire))]),
        most=np.concatenate([most, np.ones(fires), most[site]]),
    )
