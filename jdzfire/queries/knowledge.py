"""What verdicts and pages follow from, as a few marks: equal marks, equal verdicts and pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jdzfire
from jdzfire.store.kept import load_kept
from jdzfire.workspace import Workspace

_HOTSPOTS = "archive/hotspots/"
_REGISTERS = "registers/"


@dataclass(frozen=True)
class Knowledge:
    """Marks of everything a cycle reads; the clock is not among it."""

    setting: str
    """The program, the settings, the mappings, the registers and grids."""
    archive: frozenset[str]
    """Files of hotspots; a file is named after its content."""
    rest: str
    """What else the archive keeps: versions, rejected rows."""
    events: str
    """Events, members and verdicts."""
    cases: str
    """Cases."""
    inputs: str
    """Inputs that gave anything."""
    feeds: str
    """How the feeds do, and what their data cover."""

    @property
    def judged_from(self) -> str:
        """Digest of what a verdict follows from, and of the verdicts."""
        return digest(self.setting, *sorted(self.archive), self.events, self.cases, self.inputs)

    @property
    def drawn_from(self) -> str:
        """Digest of what a page shows beside ages, the feeds and the last observations."""
        return digest(self.judged_from, self.rest)


def knowledge_of(workspace: Workspace) -> Knowledge:
    """Marks of a workspace; some milliseconds, whatever it holds."""
    kept, ledger = load_kept(workspace.home), workspace.ledger
    names = sorted(kept.files)
    registers = [f"{n} {kept.files[n].sha256}" for n in names if n.startswith(_REGISTERS)]
    hotspots = frozenset(n for n in names if n.startswith(_HOTSPOTS))
    others = [n for n in names if n not in hotspots and not n.startswith(_REGISTERS)]
    return Knowledge(
        setting=digest(
            program_digest(),
            workspace.settings.model_dump_json(),
            *(f"{name} {text}" for name, text in sorted(workspace.mappings.items())),
            *registers,
            repr(sorted(kept.changing)),
        ),
        archive=hotspots,
        rest=digest(*(f"{n} {kept.files[n].sha256}" for n in others)),
        events=ledger.event_marks(),
        cases=ledger.case_marks(),
        inputs=ledger.input_marks(),
        feeds=ledger.feed_marks(),
    )


def digest(*texts: str) -> str:
    """sha256 of texts one after the other."""
    return hashlib.sha256("\x00".join(texts).encode()).hexdigest()


@cache
def program_digest() -> str:
    """The files of the program as installed, by name, size and time: an update changes them."""
    folder = Path(jdzfire.__file__).parent
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix != ".pyc" and path.is_file():
            state = path.stat()
            found.append(f"{path.relative_to(folder)} {state.st_size} {state.st_mtime_ns}")
    return digest(*found)
