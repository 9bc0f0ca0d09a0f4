"""The chain of the case log: each line holds a hash of itself and of the line before.

Whoever changes, takes out or puts in a line of the past must write all later lines anew, and the
last hash, which the duty room can print and keep, no longer fits. It does not show who did it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

START = "0" * 64
"""What stands for the line before the first."""

_FIELDS = ("case_id", "who", "action", "before", "after", "remark")


def link(line: Mapping[str, Any], before: str) -> str:
    """The hash of a line of [CASE_LOG] after another.

    Parameters
    ----------
    line : mapping
        ``case_id``, ``at`` (aware), ``who``, ``action``, ``before``, ``after``, ``remark`` (or
        None); other keys do not count.
    before : str
        Hash of the line before, :data:`START` for the first.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> at = datetime(2024, 4, 4, tzinfo=UTC)
    >>> line = dict(case_id="C", at=at, who="w", action="note")
    >>> line |= dict(before="{}", after="{}", remark=None)
    >>> link(line, START)[:12], link(line, START) == link({**line, "who": "x"}, START)
    ('3ad4af43f9ac', False)
    """
    plain = {name: line[name] for name in _FIELDS}
    at: datetime = line["at"]
    plain["at"] = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def chained(lines: Iterable[Mapping[str, Any]], before: str) -> list[dict[str, Any]]:
    """Lines with their ``chain``, in order, after a hash."""
    made = []
    for line in lines:
        before = link(line, before)
        made.append({**line, "chain": before})
    return made


@dataclass(frozen=True)
class ChainState:
    """What a look at the whole log found."""

    lines: int
    """Lines of the log."""
    head: str
    """Hash of the last line; :data:`START` of an empty log."""
    broken_at: int | None
    """``seq`` of the first line that does not fit; None when all do."""

    @property
    def is_whole(self) -> bool:
        """Whether every line fits the one before."""
        return self.broken_at is None


def check_chain(lines: Iterable[Mapping[str, Any]]) -> ChainState:
    """Go through a log, the oldest line first, and hold each line against its hash."""
    before, count = START, 0
    broken_at: int | None = None
    for line in lines:
        count += 1
        fits = line["chain"] == link(line, before)
        if not fits and broken_at is None:
            broken_at = int(line["seq"])
        before = str(line["chain"])
    return ChainState(count, before, broken_at)
