"""Forest-fire hotspot pipeline: which satellite hotspots has nobody explained yet.

The packages and their order are drawn in ``docs/architecture.md``; the
tables every package passes on are in :mod:`jdzfire.schemas`. Analysts begin with :func:`open`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jdzfire.queries.opened import OpenedHome

__version__ = "0.1.0"


def open(root: Path | str | None = None) -> OpenedHome:  # noqa: A001  (jdzfire.open reads well)
    """A home opened for reading: tables as GeoDataFrames, weather as Datasets.

    Parameters
    ----------
    root : Path or str, optional
        The working folder; default as for the command line.

    Returns
    -------
    jdzfire.queries.opened.OpenedHome
    """
    from jdzfire.queries.opened import OpenedHome

    return OpenedHome(root)
