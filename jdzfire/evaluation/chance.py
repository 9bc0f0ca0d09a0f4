"""How often registered burns would match by chance: the same match with their times shuffled.

Burns and hotspots crowd in the same woods and the same weeks, so some hotspots lie at a burn of
their day though neither has to do with the other. A match rate means something only beside this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Ints


@dataclass(frozen=True)
class Chance:
    """A count beside what chance gives."""

    observed: int
    """Matches with the times as registered."""
    shuffled: Ints
    """Matches of each shuffle."""

    @property
    def mean(self) -> float:
        """Mean of the shuffles: the chance level."""
        return float(self.shuffled.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Between which 95 of 100 shuffles lie."""
        low, high = np.percentile(self.shuffled, [2.5, 97.5])
        return float(low), float(high)

    @property
    def lift(self) -> float:
        """Observed over chance; infinite when no shuffle gave a match, NaN with none at all."""
        if self.mean == 0.0:
            return float("inf") if self.observed else float("nan")
        return self.observed / self.mean

    @property
    def p_value(self) -> float:
        """Share of shuffles with at least the same number of matches, counting the observed one."""
        return float((1 + (self.shuffled >= self.observed).sum()) / (1 + len(self.shuffled)))


def chance_level(
    permits: pd.DataFrame,
    count_matches: Callable[[pd.DataFrame], int],
    *,
    shuffles: int = 200,
    seed: int = 0,
    groups: NDArray[np.generic] | None = None,
) -> Chance:
    """Matches with the registered times, and with the times dealt out anew among the permits.

    Places stay; each shuffle deals the pairs of ``valid_from`` and ``valid_to`` among the
    permits, so the number valid on each day is unchanged.

    Parameters
    ----------
    permits : DataFrame [PERMITS], n rows
    count_matches : callable
        From a table like ``permits`` to the number of matches.
    shuffles : int
    seed : int
    groups : array, n, optional
        Times are dealt only among permits of one group (the same month, say): chance within a
        season, a stricter level than chance over the year.

    Returns
    -------
    Chance
    """
    rng = np.random.default_rng(seed)
    group = np.zeros(len(permits), dtype=np.int64) if groups is None else groups
    counts = []
    for _ in range(shuffles):
        dealt = shuffle_within(group, rng)
        times = {
            name: permits[name].iloc[dealt].set_axis(permits.index)
            for name in ("valid_from", "valid_to")
        }
        counts.append(count_matches(permits.assign(**times)))
    return Chance(int(count_matches(permits)), np.array(counts, dtype=np.int64))


def shuffle_within(groups: NDArray[np.generic], rng: np.random.Generator) -> Ints:
    """A random order of positions in which each stays in its group.

    Parameters
    ----------
    groups : array, n
    rng : Generator

    Returns
    -------
    array of int, n

    Examples
    --------
    >>> shuffle_within(np.array([1, 2, 3]), np.random.default_rng(0)).tolist()
    [0, 1, 2]
    """
    _, code = np.unique(groups, return_inverse=True)
    code = code.ravel()
    home = np.argsort(code, kind="stable")
    mixed = np.lexsort((rng.random(len(code)), code))
    dealt = np.empty(len(code), dtype=np.int64)
    dealt[home] = mixed
    return dealt
