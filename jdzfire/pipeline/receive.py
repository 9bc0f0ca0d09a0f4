"""Receiving: bytes are kept and noted before anything reads them.

From the note on an input cannot be lost: a run that is killed leaves it ``received``, and the
next run reads it, with the time and the companions it came with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.parts import is_lines
from jdzfire.feeds.registry import recognise_feed
from jdzfire.redact import redact
from jdzfire.store.ledger_inputs import ARCHIVED, DONE, RECEIVED, UNUSABLE
from jdzfire.store.raw import keep_raw, keep_raw_file, raw_path
from jdzfire.workspace import Workspace

_HEAD_BYTES = 16 << 20
"""A feed is recognised by no more than this; every file of another form is smaller."""


@dataclass(frozen=True)
class Arrival:
    """Bytes on their way in."""

    feed: str
    """Name of a feed, or ``auto``."""
    name: str
    """File name they go by."""
    content: Path | bytes
    """A file, or the bytes themselves."""
    is_inbox: bool = False
    """It lies there for every run (the inbox): when it was unusable before it is passed over."""


@dataclass(frozen=True)
class Intake:
    """What came in."""

    files: int = 0
    """Files asked for."""
    known: int = 0
    """Of these, files that had been ingested before."""
    rows: int = 0
    """Rows read from the others."""
    rejected: int = 0
    """Rows rejected with a reason."""
    new_or_updated: int = 0
    """Hotspots that are new or better than before."""
    changed: tuple[str, ...] = ()
    """Ids of the first of them, at most a thousand: an archive of years may come in one file."""
    unusable: tuple[str, ...] = ()
    """One message for each file that could not be used at all."""
    faults: tuple[str, ...] = ()
    """Why the run is a degraded one."""
    notes: tuple[str, ...] = ()
    """What was repaired, assumed or found on the way."""

    @property
    def is_nothing_usable(self) -> bool:
        """Whether files were given and none of them could be used."""
        return self.files > 0 and len(self.unusable) == self.files

    def plus(self, other: Intake) -> Intake:
        """Both together."""
        return Intake(**{name: value + vars(other)[name] for name, value in vars(self).items()})


def receive(workspace: Workspace, arrivals: Iterable[Arrival], *, at: datetime) -> Intake:
    """Keep bytes and note them as received; what was ingested before is passed over.

    Parameters
    ----------
    workspace : Workspace
    arrivals : iterable of Arrival
    at : datetime
        When they came; those of one call are a batch and are joined together.

    Returns
    -------
    Intake
        ``files``, ``known`` and ``unusable`` of those that no feed recognises.
    """
    batch = 1 + workspace.ledger.last_batch()
    intake = Intake()
    for arrival in arrivals:
        intake = replace(intake, files=intake.files + 1)
        try:
            sha256 = _keep(workspace, arrival.content)
            states = workspace.ledger.input_states(sha256)
            if states & {ARCHIVED, DONE} or (arrival.is_inbox and UNUSABLE in states):
                intake = replace(intake, known=intake.known + 1)
            elif RECEIVED not in states:
                _note(workspace, arrival, sha256, batch, at=at)
        except InputError as error:
            intake = replace(intake, unusable=(*intake.unusable, redact(error)))
    return intake


def _keep(workspace: Workspace, content: Path | bytes) -> str:
    if isinstance(content, bytes):
        return keep_raw(workspace.home, content)
    return keep_raw_file(workspace.home, content)


def _note(workspace: Workspace, arrival: Arrival, sha256: str, batch: int, *, at: datetime) -> None:
    """Note an input under the feed that will read it."""
    feed, name = arrival.feed, arrival.name
    try:
        if feed == "auto":
            feed = _recognise(workspace, sha256, name)
    except InputError as error:
        fault = redact(error)
        workspace.ledger.record_input(sha256, feed, name, at, 0, 0, UNUSABLE, fault, batch=batch)
        raise
    workspace.ledger.record_input(
        sha256, feed, name, at, 0, 0, RECEIVED, batch=batch, options=_options(workspace, feed)
    )


def _recognise(workspace: Workspace, sha256: str, name: str) -> str:
    """The feed that a file's beginning looks like; the reader process examines other than text."""
    path = raw_path(workspace.home, sha256)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if is_lines(path):
        return recognise_feed(head, source_name=name, feeds=workspace.feeds)
    feed = workspace.reader.read("recognise", head, source_name=name, mappings=workspace.mappings)
    return str(feed)


def _options(workspace: Workspace, feed: str) -> str:
    """What else is needed to read the input again: the mapping of an office's own table."""
    mapping = workspace.mappings.get(feed)
    if mapping is None:
        return ""
    return json.dumps({"mapping_sha256": keep_raw(workspace.home, mapping.encode())})


def waiting_inputs(workspace: Workspace) -> Sequence[pd.DataFrame]:
    """Inputs noted and not read yet, batch by batch, in the order they are read in."""
    inputs = workspace.ledger.load_inputs(RECEIVED)
    waiting = inputs.sort_values(["batch", "source_name", "sha256"])
    return [rows for _, rows in waiting.groupby("batch", sort=True)]
