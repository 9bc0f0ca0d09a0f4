"""What a service answered, and how many requests of a key are left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from filelock import FileLock


@dataclass(frozen=True)
class RequestBudget:
    """Transactions of one key within a sliding window, kept in a small file."""

    path: Path
    """The file; a lock file lies beside it."""
    limit: int = 5000
    """Transactions within the window; FIRMS allows 5,000 in 10 minutes [V, field notes]."""
    window_s: float = 600.0
    """The window [s]."""

    @classmethod
    def of_key(cls, folder: Path, key: str) -> Self:
        """The budget of a key; the file's name does not reveal the key."""
        digest = hashlib.sha256(b"jdzfire budget " + key.encode()).hexdigest()[:12]
        return cls(folder / f".requests-{digest}.json")

    def take(self, cost: int, *, at: datetime) -> float:
        """Take transactions from the budget.

        Parameters
        ----------
        cost : int
            Transactions the request counts for.
        at : datetime
            Now.

        Returns
        -------
        float [s]
            0 when they were taken; else how long to wait before asking again, and nothing was
            taken.

        Notes
        -----
        A damaged file counts as a window just used up to its half: nobody knows what was spent.
        """
        now_s = at.timestamp()
        with FileLock(self.path.with_suffix(".lock")):
            spent = [(when, n) for when, n in self._read(now_s) if when > now_s - self.window_s]
            total = sum(n for _, n in spent)
            if total + cost > self.limit:
                return self._wait_s(spent, total + cost - self.limit, now_s)
            self.path.write_text(json.dumps([*spent, (now_s, cost)]), encoding="utf-8")
            return 0.0

    def _wait_s(self, spent: Sequence[tuple[float, int]], excess: int, now_s: float) -> float:
        for when, n in sorted(spent):
            excess -= n
            if excess <= 0:
                return max(when + self.window_s - now_s, 0.001)
        return self.window_s

    def _read(self, now_s: float) -> list[tuple[float, int]]:
        if not self.path.exists():
            return []
        try:
            saved = json.loads(self.path.read_text(encoding="utf-8"))
            return [(min(float(when), now_s), int(n)) for when, n in saved]
        except (OSError, ValueError, TypeError):
            return [(now_s, self.limit // 2)]


@dataclass(frozen=True)
class Fetched:
    """One answer of a service, good or bad."""

    feed: str
    """Name in ``FEEDS`` of the reader for its bytes."""
    source: str
    """What was asked, for example ``VIIRS_NOAA20_NRT``; never with a key or password."""
    source_name: str
    """File name the bytes go by, without key or password."""
    begins_at: datetime
    """First moment the answer speaks for, UTC."""
    ends_at: datetime
    """Moment after the last, UTC."""
    asked_at: datetime
    """When it was asked, UTC."""
    state: str
    """One of :data:`jdzfire.schemas.FETCH_STATES`."""
    raw: bytes | None = None
    """The whole answer when the state is ``ok``, else null."""
    detail: str = ""
    """What was found and what to do, one sentence, without key or password."""
    retry_at: datetime | None = None
    """Not to be asked again before this."""
