"""How the feeds do: well, late, silent, refused, without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from jdzfire.feeds.reading import Feed
from jdzfire.schemas import TIME_DTYPE
from jdzfire.store.archive import newest_of_feeds
from jdzfire.workspace import Workspace

LOOKBACK_DAYS = 45
"""How far back the newest data of a feed are searched."""

_FAULTS = {"refused": "refused", "limited": "failed", "unavailable": "failed", "damaged": "failed"}
"""State of a feed of which no source gave a good answer the last time it was asked."""


@dataclass(frozen=True)
class FeedHealth:
    """How one feed does."""

    feed: str
    """Name."""
    state: str
    """ok, late, failed, refused, no_data, never."""
    last_data_at: datetime | None
    """Time of its newest data, UTC."""
    detail: str
    """Message of the service, when it reported an error."""
    is_expected: bool
    """Whether its silence is a fault: expected or asked for by setting."""
    age_h: float | None = None
    """Age of its newest data [h]; null without any."""

    @property
    def is_well(self) -> bool:
        """Whether nothing need be done."""
        return self.state == "ok" or not self.is_expected

    def sentence(self, feed: Feed) -> str:
        """For the log and the command line."""
        return f"feed {self.feed} {self.words(feed)}"

    def words(self, feed: Feed) -> str:
        """The same without the name."""
        detail = f", {self.detail}" if self.detail else ""
        if self.last_data_at is None:
            return f"has given no data yet{detail}"
        if self.state == "late" and self.age_h is not None:
            old = f"has newest data {self.age_h:.0f} h old, of {self.last_data_at:%Y-%m-%d %H:%M}Z"
            return f"{old} (counted late after {feed.late_after_h:g} h){detail}"
        words = {
            "ok": "is well",
            "late": "is late",
            "refused": "is refused",
            "failed": "gives no usable answer",
            "no_data": "reports no data yet",
        }
        newest = f"its newest data are of {self.last_data_at:%Y-%m-%d %H:%M}Z"
        return f"{words[self.state]}: {newest}{detail}"


def check_feeds(workspace: Workspace, *, at: datetime) -> tuple[str, ...]:
    """Record the state of each feed, and return faults of those that matter.

    Parameters
    ----------
    workspace : Workspace
    at : datetime

    Returns
    -------
    tuple of str
        One sentence for each expected or live feed that is not well.
    """
    faults = []
    for health in examine_feeds(workspace, at=at):
        workspace.ledger.record_feed(
            health.feed, at, health.state, health.last_data_at, health.detail
        )
        if not health.is_well:
            faults.append(health.sentence(workspace.feeds[health.feed]))
    return tuple(faults)


def examine_feeds(workspace: Workspace, *, at: datetime) -> list[FeedHealth]:
    """State of each feed that ever had data, is expected, or is asked for.

    A feed's data reach up to the newest of: its newest hotspot, a file of it without any, and what
    good answers of its service cover. Refusal and failure count when the last answers of all
    its sources were bad; a feed may be refused and not late yet.
    """
    latest = _latest_data(workspace, at)
    fetches = workspace.ledger.load_fetches(since=at - timedelta(days=LOOKBACK_DAYS))
    matters = {*workspace.settings.expected_feeds, *workspace.settings.live_feeds}
    found = []
    for name, feed in workspace.feeds.items():
        last = latest.get(name)
        asked = fetches[(fetches["feed"] == name) & (fetches["asked_at"] <= at)]
        if name not in workspace.settings.live_feeds:
            asked = asked.iloc[:0]
        if last is None and name not in matters and asked.empty:
            continue
        state, detail = _state_of(feed, last, asked, at)
        age_h = None if last is None else (at - last).total_seconds() / 3600.0
        found.append(FeedHealth(name, state, last, detail, name in matters, age_h))
    return found


def _state_of(
    feed: Feed, last: datetime | None, asked: pd.DataFrame, at: datetime
) -> tuple[str, str]:
    fault, detail = _fault_of(asked)
    if fault in ("refused", "failed"):
        return fault, detail
    if last is None:
        return (fault or "never"), detail
    if at - last > timedelta(hours=feed.late_after_h):
        return (fault or "late"), detail
    return "ok", ""


def _fault_of(asked: pd.DataFrame) -> tuple[str, str]:
    """What the last answers of all sources have in common, when none was good."""
    if asked.empty:
        return "", ""
    newest = asked.sort_values(["asked_at", "slot"]).groupby("source").tail(1)
    if (newest["state"] == "ok").any():
        return "", ""
    worst = newest.sort_values(["state", "source"]).iloc[-1]
    bad = newest[newest["state"] != "no_data"]
    if bad.empty:
        return "no_data", str(worst["detail"])
    refused = bad[bad["state"] == "refused"]
    chosen = (refused if len(refused) else bad).iloc[0]
    return _FAULTS[str(chosen["state"])], str(chosen["detail"])


def _latest_data(workspace: Workspace, at: datetime) -> dict[str, datetime]:
    """Time of the newest data of each feed, by ``at``."""
    since = at - timedelta(days=LOOKBACK_DAYS)
    fetches = workspace.ledger.load_fetches(since=since)
    covered = fetches[fetches["covered_to"].notna() & (fetches["asked_at"] <= at)]
    held = workspace.ledger.load_feeds().set_index("feed")["last_data_at"].dropna()
    said: list[Any] = [
        newest_of_feeds(workspace.home, since=since, until=at),
        pd.Series(workspace.ledger.empty_received(until=at), dtype=TIME_DTYPE),
        covered.groupby("feed")["covered_to"].max(),
        held[held <= at],
    ]
    known = [series for series in said if len(series)]
    if not known:
        return {}
    newest = pd.concat(known).groupby(level=0).max()
    return {str(name): pd.Timestamp(when).to_pydatetime() for name, when in newest.items()}
