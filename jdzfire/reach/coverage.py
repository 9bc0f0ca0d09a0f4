"""What the teams reach in time: shares of forest and people, second teams, each team's part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError

Minutes = NDArray[np.float32]

_CELLS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Soonest:
    """Of each cell the two teams that come first."""

    first: Minutes
    """Minutes of the first team, infinite where none comes [min]."""
    second: Minutes
    """Minutes of the second."""
    team: Ints
    """Which team is first, -1 where none comes; of equal ones the first in the cube."""


def soonest(minutes: Minutes) -> Soonest:
    """The first two teams of each cell.

    Parameters
    ----------
    minutes : array, (teams, rows, columns) [min]
        As in the cube of :func:`jdzfire.reach.cube.reach_cube`.

    Returns
    -------
    Soonest
        Arrays of (rows, columns).
    """
    teams, rows, columns = minutes.shape
    flat = minutes.reshape(teams, rows * columns)
    first = np.full(flat.shape[1], np.inf, dtype=np.float32)
    second = first.copy()
    team = np.full(flat.shape[1], -1, dtype=np.int64)
    for at in range(0, flat.shape[1], _CELLS_AT_ONCE):
        part = flat[:, at : at + _CELLS_AT_ONCE]
        if teams:
            best = part.argmin(axis=0)
            first[at : at + part.shape[1]] = part[best, np.arange(part.shape[1])]
            comes = np.isfinite(first[at : at + part.shape[1]])
            team[at : at + part.shape[1]] = np.where(comes, best, -1)
        if teams > 1:
            second[at : at + part.shape[1]] = np.partition(part, 1, axis=0)[1]
    shape = (rows, columns)
    return Soonest(first.reshape(shape), second.reshape(shape), team.reshape(shape))


def cover_table(
    reached: Soonest,
    weights: Mapping[str, Floats],
    area: Ints,
    names: Sequence[str],
    *,
    within: Sequence[float] = (20, 30, 45, 60),
    second_within: float = 45,
) -> pd.DataFrame:
    """Shares that are reached in time, by area and in all.

    Parameters
    ----------
    reached : Soonest
    weights : mapping of arrays, (rows, columns)
        What counts, such as forest in hectares or people, by name.
    area : array, (rows, columns)
        Position of the area each cell is in, -1 for none.
    names : sequence of str
        Of the areas.
    within : sequence of float [min]
    second_within : float [min]
        Of the second team: what is left when the first is out.

    Returns
    -------
    DataFrame
        ``area`` (null for all cells), ``what``, ``total``, ``within_20`` and so on, and
        ``second_45``: shares from 0 to 1, NaN where there is nothing. All cells come first.

    Raises
    ------
    UsageError
        The arrays have other shapes.
    """
    if any(values.shape != reached.first.shape for values in (*weights.values(), area)):
        raise UsageError("the arrays have other shapes", expected=f"{reached.first.shape}")
    inside = area >= 0
    place = area[inside].ravel()
    marks = {f"within_{minutes:g}": reached.first <= minutes for minutes in within}
    marks[f"second_{second_within:g}"] = reached.second <= second_within
    tables = []
    for what, values in weights.items():
        amount = values[inside].ravel()
        columns: dict[str, Any] = {
            "total": np.bincount(place, weights=amount, minlength=len(names))
        }
        for name, mark in marks.items():
            columns[name] = np.bincount(
                place, weights=np.where(mark[inside].ravel(), amount, 0.0), minlength=len(names)
            )
        table = pd.DataFrame(columns)
        whole = pd.DataFrame(
            {
                "total": [float(values.sum())],
                **{name: [float(values[mark].sum())] for name, mark in marks.items()},
            }
        )
        table = pd.concat([whole, table], ignore_index=True)
        table.insert(0, "area", pd.Series([None, *names], dtype="str"))
        table.insert(1, "what", what)
        tables.append(table)
    found = pd.concat(tables, ignore_index=True)
    shares = list(marks)
    found[shares] = found[shares].div(found["total"].where(found["total"] > 0), axis=0)
    return found


def lost_without(minutes: Minutes, weights: Floats, *, within: float) -> Floats:
    """What would no longer be reached in time without each team.

    Parameters
    ----------
    minutes : array, (teams, rows, columns) [min]
    weights : array, (rows, columns)
    within : float [min]

    Returns
    -------
    array, teams
        In the unit of the weights.
    """
    reached = soonest(minutes)
    alone = (reached.first <= within) & ~(reached.second <= within)
    lost = np.bincount(reached.team[alone], weights=weights[alone], minlength=minutes.shape[0])
    return np.asarray(lost, dtype=float)


def gaps(reached: Soonest, weights: Floats, place: Ints, *, within: float) -> pd.DataFrame:
    """Where most is not reached in time, by the named place each cell belongs to.

    Parameters
    ----------
    reached : Soonest
    weights : array, (rows, columns)
    place : array, (rows, columns)
        Position of the named place, such as the nearest village; -1 for none.
    within : float [min]

    Returns
    -------
    DataFrame
        ``place``, ``lacking`` (weight not reached), ``worst_min``; most lacking first.
    """
    late = (reached.first > within) & (place >= 0) & (weights > 0)
    table = pd.DataFrame(
        {
            "place": place[late],
            "lacking": weights[late],
            "worst_min": reached.first[late].astype(float),
        }
    )
    summed = table.groupby("place", as_index=False).agg(
        lacking=("lacking", "sum"), worst_min=("worst_min", "max")
    )
    return summed.sort_values(["lacking", "place"], ascending=[False, True], ignore_index=True)
