"""What a register file would change, before anything of it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import Declared
from jdzfire.pipeline.register import known_for
from jdzfire.store.register_history import diff_tables
from jdzfire.store.registers import load_register
from jdzfire.workspace import ReadFile, Workspace


@dataclass(frozen=True)
class Preview:
    """What a register file would change."""

    rows: int
    """Rows that can be used."""
    added: int
    changed: int
    """Registered rows of which some column changes."""
    same: int
    changes: pd.DataFrame
    """``id``, ``change``, ``column``, ``before``, ``after``, as of ``diff_register``."""
    rejected: pd.DataFrame
    """[REJECTED]"""
    notes: tuple[str, ...]
    """What was assumed."""

    @property
    def is_empty(self) -> bool:
        """Whether no row can be used."""
        return self.rows == 0


def preview_register(
    workspace: Workspace,
    kind: str,
    raw: bytes,
    *,
    source_name: str,
    at: datetime,
    declared: Declared | None = None,
    read: ReadFile,
) -> Preview:
    """Read a register file and hold it against what is registered; nothing is kept.

    Parameters
    ----------
    workspace : Workspace
    kind : str
        A register kind of rows.
    raw : bytes
    source_name : str
    at : datetime, aware
    declared : Declared, optional
    read : callable
        Reads a file in the reader process, as ``ReaderProcess.read``.

    Raises
    ------
    InputError
        It cannot be read, or it leaves a question that must be answered first.
    """
    reading: Reading = read(
        "read_register",
        raw,
        source_name=source_name,
        kind=kind,
        received_at=at,
        default_datum=workspace.settings.default_datum,
        declared=declared or Declared(),
        known=known_for(workspace, kind),
    )
    there, fresh = load_register(workspace.home, kind), reading.table
    key = str(fresh.columns[0])
    held = there[there[key].isin(fresh[key])]
    changes = diff_tables(held, fresh)
    added = int((changes["change"] == "added").sum())
    changed = int(changes.loc[changes["change"] == "changed", "id"].nunique())
    return Preview(
        rows=len(fresh),
        added=added,
        changed=changed,
        same=len(fresh) - added - changed,
        changes=changes,
        rejected=reading.rejected,
        notes=tuple(reading.notes),
    )


def rejected_lines(preview: Preview, most: int) -> list[dict[str, Any]]:
    """The first rejected rows: ``line`` and ``reason``."""
    table = preview.rejected.head(most)
    return [
        {"line": int(line), "reason": str(reason)}
        for line, reason in zip(table["line"], table["reason"], strict=True)
    ]
