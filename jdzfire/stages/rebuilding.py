"""Rebuilding: the archive made again from the raw bytes, and held against the one that stands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from jdzfire.stages.archiving import Shelf, read_input
from jdzfire.stages.house import House
from jdzfire.stages.receiving import ARCHIVED, DONE
from jdzfire.store import Home, archive_digest, open_home, replace_archive

__all__ = ["Rebuilt", "rebuild_archive"]


@dataclass(frozen=True)
class Rebuilt:
    """How the rebuilt archive compares."""

    inputs: int
    """Raw files read again."""
    months: int
    """Parts of the archive compared: hotspots and versions, by month."""
    differing: tuple[str, ...]
    """Those whose content is not the same."""
    is_replaced: bool
    """Whether the rebuilt archive now stands."""

    @property
    def is_equal(self) -> bool:
        """Whether every month says the same, value for value."""
        return not self.differing


def rebuild_archive(
    house: House, *, replace: bool = False, progress: Callable[[], object] = lambda: None
) -> Rebuilt:
    """Read every raw hotspot file again, as it came and with whom, into a new archive.

    Parameters
    ----------
    house : House
        Opened for writing.
    replace : bool
        Let the new archive take the place of the old one when they differ.
    progress : callable
        Called after each input.

    Returns
    -------
    Rebuilt

    Raises
    ------
    StoreError
        Raw bytes are gone or damaged.
    """
    shelf_home = _empty_home(house.home)
    inputs = house.ledger.load_inputs()
    used = inputs[inputs["state"].isin([ARCHIVED, DONE]) & inputs["kind"].isin(list(house.feeds))]
    used = used.sort_values(["batch", "received_at", "source_name", "sha256"])
    try:
        for _, rows in used.groupby(["batch", "received_at"], sort=True):
            shelf = Shelf(shelf_home)
            for row in rows.to_dict("records"):
                for reading in read_input(house, {str(name): v for name, v in row.items()}):
                    shelf.add(reading.table)
                progress()
            shelf.put_away()
        old, new = archive_digest(house.home), archive_digest(shelf_home)
        months = sorted({*old, *new})
        differing = tuple(month for month in months if old.get(month) != new.get(month))
        if replace and differing:
            replace_archive(house.home, shelf_home)
        return Rebuilt(len(used), len(months), differing, replace and bool(differing))
    finally:
        shutil.rmtree(shelf_home.root, ignore_errors=True)


def _empty_home(home: Home) -> Home:
    """A folder beside the archive, without what a killed rebuilding left."""
    root = home.root / ".rebuild"
    shutil.rmtree(root, ignore_errors=True)
    return open_home(root)
