"""Places that are hot on many dates: where hotspots crowd, each hotspot belonging to one place."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from jdzfire.arrays import Floats, Ints

_FINE = 2
"""Places are searched from the mean of each cell this much finer than ``near_m``."""
_MOVES = 3


@dataclass(frozen=True)
class HotPlace:
    """A place hot on enough dates."""

    middle: Floats
    """x, y [m]."""
    rows: Ints
    """Positions of its hotspots, ascending."""


def find_hot_places(
    points: Floats, day: Ints, *, near_m: float, apart_m: float, min_dates: int
) -> list[HotPlace]:
    """Places around which hotspots were seen on many dates, the most dates first.

    The place with the most dates takes the hotspots within ``near_m`` of its middle; the next is
    counted without them, and so on. A site of several parts thus has a place for each part that
    is hot by itself, and the outliers of a strong site do not make a second one of it: its middle
    would lie within ``apart_m``.

    Parameters
    ----------
    points : array [m], n x 2
        x, y in a metric CRS.
    day : array, n
        Number of the date of each.
    near_m : float [m]
        Hotspots this near to the middle belong to the place.
    apart_m : float [m]
        Middles of two places lie further apart.
    min_dates : int
        Fewer distinct dates make no place.

    Returns
    -------
    list of HotPlace
        In the order found: by dates from many to few, then by x, then by y of the start; the same
        whatever the order of the rows.

    Notes
    -----
    Starts are the means of the hotspots of each cell of ``near_m / 2``; a middle moves to the mean
    of its hotspots three times. Counts only fall as hotspots are taken, so the best place is found
    by a heap whose head is counted anew. Cells whose surroundings have too few dates are left out
    before any distance is measured. About n log n.
    """
    if not len(points):
        return []
    order = np.lexsort((day, points[:, 1], points[:, 0]))
    points, day = points[order], day[order]
    spots = _Spots(points, day, near_m)
    starts = _starts(points, day, near_m, min_dates)
    heap = [(-spots.dates(start), float(start[0]), float(start[1])) for start in starts]
    heapq.heapify(heap)
    places: list[HotPlace] = []
    middles: dict[tuple[int, int], list[Floats]] = {}
    while heap:
        negative, x, y = heapq.heappop(heap)
        now = spots.dates(np.array([x, y]))
        if now < min_dates:
            continue
        if now < -negative:
            heapq.heappush(heap, (-now, x, y))
            continue
        middle, rows = spots.settle(np.array([x, y]))
        spots.free[rows] = False
        if not _is_near(middle, middles, apart_m):
            places.append(HotPlace(middle, np.sort(order[rows])))
            middles.setdefault(_cell(middle, apart_m), []).append(middle)
    return places


class _Spots:
    """Hotspots by place, and which of them belong to no place yet."""

    def __init__(self, points: Floats, day: Ints, near_m: float) -> None:
        self.points, self.day, self.near_m = points, day, near_m
        from scipy.spatial import cKDTree  # the settings import this module through its rules

        self.tree = cKDTree(points)
        self.free = np.ones(len(points), dtype=bool)

    def near(self, middle: Floats) -> Ints:
        rows = np.array(self.tree.query_ball_point(middle, self.near_m), dtype=np.int64)
        rows.sort()
        return rows[self.free[rows]]

    def dates(self, middle: Floats) -> int:
        return len(np.unique(self.day[self.near(middle)]))

    def settle(self, start: Floats) -> tuple[Floats, Ints]:
        """The middle moved to the mean of its hotspots, and the hotspots near it."""
        middle, rows = start, self.near(start)
        for _ in range(_MOVES):
            mean = self.points[rows].mean(axis=0)
            moved = self.near(mean)
            if not len(moved):
                break
            middle, rows = mean, moved
        return middle, rows


def _is_near(middle: Floats, middles: dict[tuple[int, int], list[Floats]], apart_m: float) -> bool:
    x, y = _cell(middle, apart_m)
    around = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return any(
        np.hypot(*(middle - other)) <= apart_m for key in around for other in middles.get(key, ())
    )


def _cell(point: Floats, size_m: float) -> tuple[int, int]:
    x, y = np.floor(point / size_m).astype(int).tolist()
    return x, y


def _starts(points: Floats, day: Ints, near_m: float, min_dates: int) -> Floats:
    """Mean of the hotspots of each fine cell that may have enough dates around it."""
    coarse = np.floor(points / near_m).astype(np.int64)
    coarse -= coarse.min(axis=0) - 1
    width = int(coarse[:, 1].max()) + 2
    cell = coarse[:, 0] * width + coarse[:, 1]
    number, days = np.unique(day, return_inverse=True)
    seen = np.unique(cell * len(number) + days)
    seen_cell, seen_day = seen // len(number), seen % len(number)
    cells = np.unique(cell)
    steps = [dx * width + dy for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    around = np.concatenate(
        [
            (seen_cell + step)[kept] * len(number) + seen_day[kept]
            for step in steps
            for kept in [np.isin(seen_cell + step, cells)]
        ]
    )
    counted, dates = np.unique(np.unique(around) // len(number), return_counts=True)
    may = np.isin(cell, counted[dates >= min_dates])
    some = points[may]
    if not len(some):
        return np.empty((0, 2))
    fine = np.floor(some / (near_m / _FINE)).astype(np.int64)
    _, group = np.unique(fine, axis=0, return_inverse=True)
    group = group.ravel()
    count = np.bincount(group)
    return np.column_stack([np.bincount(group, some[:, axis]) / count for axis in (0, 1)])
