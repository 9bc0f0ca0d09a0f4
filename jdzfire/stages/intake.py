"""Intake: files are received, read, joined to what is known, and archived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from jdzfire.stages.archiving import archive_received
from jdzfire.stages.house import House
from jdzfire.stages.receiving import ARCHIVED, DONE, Arrival, Intake, receive

__all__ = ["ingest_files", "mark_done"]


def ingest_files(
    house: House,
    feed: str,
    files: Iterable[Path],
    *,
    at: datetime,
    inbox: Sequence[Path] = (),
    progress: Callable[[], object] = lambda: None,
) -> Intake:
    """Take hotspot files in, and whatever an earlier run received and did not read.

    A file that cannot be used is kept, noted and told; the others go on. Taking the same bytes
    in again changes nothing.

    Parameters
    ----------
    house : House
    feed : str
        A name in FEEDS, or ``auto``.
    files : iterable of Path
    at : datetime
        When they were received.
    inbox : sequence of Path
        Files that lie there for every run: one that could not be used before is passed over.
    progress : callable
        Called after each file.

    Returns
    -------
    Intake
    """
    given = [Arrival(feed, path.name, path) for path in files]
    lying = [Arrival("auto", path.name, path, is_standing=True) for path in inbox]
    intake = receive(house, [*given, *lying], at=at)
    return archive_received(house, intake, progress=progress)


def mark_done(house: House) -> None:
    """Note that all archived inputs have been judged."""
    inputs = house.ledger.load_inputs()
    for row in inputs[inputs["state"] == ARCHIVED].assign(state=DONE).to_dict("records"):
        house.ledger.record_input(**{str(name): value for name, value in row.items()})
