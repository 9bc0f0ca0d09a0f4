"""Rows of pairs grouped by event and register, without a loop over the groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Groups:
    """Sorted rows and where each group begins."""

    table: pd.DataFrame
    """All rows, group by group."""
    begins: NDArray[np.int64]
    """Position of the first row of each group."""
    counts: NDArray[np.int64]
    """Rows of each group."""

    @property
    def first(self) -> pd.DataFrame:
        """The first row of each group."""
        return self.table.iloc[self.begins]

    @property
    def last(self) -> pd.DataFrame:
        """The last row of each group."""
        return self.table.iloc[self.begins + self.counts - 1]


def group_rows(
    table: pd.DataFrame, *keys: str, then: tuple[str, ...] = (), missing_first: bool = False
) -> Groups:
    """Rows sorted by keys and then by further columns, as groups of the same keys.

    Parameters
    ----------
    table : DataFrame, n rows, may be empty
    keys : str
        Columns that make a group.
    then : tuple of str
        Order within a group; rows that tie keep theirs.
    missing_first : bool
        Whether missing numbers come before all others, not after.

    Returns
    -------
    Groups

    Examples
    --------
    >>> pairs = pd.DataFrame({"event": [1, 0, 1], "frp_mw": [7.0, 3.0, 5.0]})
    >>> groups = group_rows(pairs, "event", then=("frp_mw",))
    >>> groups.counts.tolist(), groups.last["frp_mw"].tolist()
    ([1, 2], [3.0, 7.0])
    """
    keyed = [_sortable(table[name], missing_first) for name in keys]
    order = np.lexsort([_sortable(table[name], missing_first) for name in then[::-1]] + keyed[::-1])
    starts = np.zeros(len(table), dtype=bool)
    starts[:1] = True
    for values in keyed:
        starts[1:] |= values[order[1:]] != values[order[:-1]]
    begins = np.flatnonzero(starts)
    counts = np.diff(np.append(begins, len(table)))
    return Groups(table.iloc[order], begins, counts)


def _sortable(values: pd.Series, missing_first: bool) -> NDArray[np.float64] | NDArray[np.int64]:
    """Numbers as they are, texts by their rank."""
    if values.dtype.kind not in "iufb":
        return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)
    numbers = values.to_numpy()
    if missing_first and numbers.dtype.kind == "f":
        return np.where(np.isnan(numbers), -np.inf, numbers)
    return np.asarray(numbers)
