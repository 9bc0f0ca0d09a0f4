"""Simulated annealing of a cover, compiled: millions of exchanges a second.

It only looks for a good choice; what the choice is worth and how good it can be at most is found
without it (:mod:`jdzfire.siting.cover`).
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def anneal(  # type: ignore[no-untyped-def]
    site_start, site_demands, demand_start, demand_sites, weights, bonus, chosen, first,
    members, least, trials, hot, cold, seed,
):  # fmt: skip
    """Exchange a chosen site for another at random, worse ones ever more rarely.

    Parameters
    ----------
    site_start, site_demands : int arrays
        Demands of each site, as in a sparse matrix by columns.
    demand_start, demand_sites : int arrays
        Sites of each demand, as in one by rows.
    weights, bonus : float arrays
        Of each demand, and of each site when it is chosen.
    chosen : int array, k
        To begin with; the first ``first`` of them stay.
    first : int
    members : bool array, (quotas, sites)
        Which site counts for which quota.
    least : int array
        Least number of chosen sites of each quota.
    trials : int
    hot, cold : float
        What a worse exchange may lose at the beginning and at the end.
    seed : int

    Returns
    -------
    int array, k
        The best choice met.
    """
    np.random.seed(seed)
    k, sites = len(chosen), len(bonus)
    now = chosen.copy()
    is_chosen = np.zeros(sites, dtype=np.bool_)
    count = np.zeros(len(weights), dtype=np.int64)
    for site in now:
        is_chosen[site] = True
        _gain(site_demands[site_start[site] : site_start[site + 1]], count, weights)
    held = np.zeros(len(least), dtype=np.int64)
    for site in now:
        held += members[:, site]
    gained = 0.0
    best, best_gained = now.copy(), 0.0
    for trial in range(trials):
        heat = hot * (cold / hot) ** (trial / trials)
        place = first + np.random.randint(k - first)
        out = now[place]
        mine = site_demands[site_start[out] : site_start[out + 1]]
        into = np.random.randint(sites)
        if trial % 4 and len(mine):  # mostly a site that covers some of what this one covers
            demand = mine[np.random.randint(len(mine))]
            into = demand_sites[np.random.randint(demand_start[demand], demand_start[demand + 1])]
        if is_chosen[into] or _is_owed(members, held, least, out, into):
            continue
        other = site_demands[site_start[into] : site_start[into + 1]]
        change = bonus[into] - bonus[out] - _lose(mine, count, weights)
        change += _gain(other, count, weights)
        if change >= 0 or np.random.random() < np.exp(change / heat):
            now[place] = into
            is_chosen[out], is_chosen[into] = False, True
            for quota in range(len(least)):
                held[quota] += members[quota, into] - members[quota, out]
            gained += change
            if gained > best_gained:
                best_gained = gained
                best[:] = now
        else:
            _lose(other, count, weights)
            _gain(mine, count, weights)
    return best


@numba.njit(cache=True, nogil=True)
def _is_owed(members, held, least, out, into):  # type: ignore[no-untyped-def]
    """Whether a quota would no longer be kept if one site went for the other."""
    for quota in range(len(least)):
        if held[quota] <= least[quota] and members[quota, out] and not members[quota, into]:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def _lose(demands, count, weights):  # type: ignore[no-untyped-def]
    """Take a site off its demands; the weight nobody covers any more."""
    lost = 0.0
    for demand in demands:
        count[demand] -= 1
        if count[demand] == 0:
            lost += weights[demand]
    return lost


@numba.njit(cache=True, nogil=True)
def _gain(demands, count, weights):  # type: ignore[no-untyped-def]
    """Put a site on its demands; the weight nobody covered before."""
    gained = 0.0
    for demand in demands:
        if count[demand] == 0:
            gained += weights[demand]
        count[demand] += 1
    return gained
