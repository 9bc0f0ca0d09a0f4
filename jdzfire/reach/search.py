"""Dijkstra's search over cells, compiled: the one loop that arrays cannot express."""

from __future__ import annotations

from heapq import heappop, heappush

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def settle(steps, offsets, cells, begin, limit):  # type: ignore[no-untyped-def]
    """Least minutes to every cell from cells that are reached at given minutes.

    Parameters
    ----------
    steps : float32 array, (n, 8) [min]
        From each cell to its neighbours; infinite where no step leads. The outermost cells have
        none, so that no neighbour lies off the array.
    offsets : int64 array, 8
        From the number of a cell to those of its neighbours.
    cells : int64 array, m
        Where searches begin.
    begin : float32 array, m [min]
        When; infinite: not there.
    limit : float [min]
        What is later is infinite.

    Returns
    -------
    minutes, walk : float32 arrays, n [min]
        When each cell is reached, and how much of it was spent since the beginning.
    """
    minutes = np.full(len(steps), np.inf, dtype=np.float32)
    walk = np.full(len(steps), np.inf, dtype=np.float32)
    heap = [(np.float32(0.0), np.int64(0))]
    heap.clear()
    for k in range(len(cells)):
        if begin[k] <= limit and begin[k] < minutes[cells[k]]:
            minutes[cells[k]] = begin[k]
            walk[cells[k]] = 0.0
            heappush(heap, (begin[k], cells[k]))
    while len(heap) > 0:
        now, cell = heappop(heap)
        if now > minutes[cell]:
            continue
        for k in range(8):
            later = now + steps[cell, k]
            neighbour = cell + offsets[k]
            if later <= limit and later < minutes[neighbour]:
                minutes[neighbour] = later
                walk[neighbour] = walk[cell] + steps[cell, k]
                heappush(heap, (later, neighbour))
    return minutes, walk
