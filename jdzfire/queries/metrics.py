"""The state of a workspace as metrics in Prometheus' format. No name and no place is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jdzfire.board.board import Edition
from jdzfire.board.wording import missing, records
from jdzfire.queries.feed_board import feeds_at
from jdzfire.schemas import WAITING_STATUSES
from jdzfire.store.cycle_note import load_cycle_note
from jdzfire.store.rejected import count_rejected
from jdzfire.triage.duty import ASKING_VERDICTS, needs_duty
from jdzfire.workspace import Workspace

_EDITIONS: tuple[Edition, ...] = ("internal", "public")


class WorkspaceCollector(Collector):
    """Reads a workspace each time it is asked.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
        Ages are counted up to it.
    """

    def __init__(self, workspace: Workspace, at: datetime) -> None:
        self._workspace = workspace
        self._at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges: feeds, events, rejected rows, the last cycle and what it published."""
        yield from self._feeds()
        yield from self._events()
        rejected = _gauge("jdzfire_rejected_rows", "Rows that could not be used, kept.")
        rejected.add_metric([], count_rejected(self._workspace.home))
        yield rejected
        yield from self._cycle()
        checked = _gauge(
            "jdzfire_published_timestamp_seconds",
            "Moment up to which the page of an edition was found right.",
            "edition",
        )
        for edition in _EDITIONS:
            at = published_at(self._workspace, edition)
            if at is not None:
                checked.add_metric([edition], at.timestamp())
        yield checked

    def _feeds(self) -> Iterator[GaugeMetricFamily]:
        feeds = feeds_at(self._workspace, self._at)
        age = _gauge("jdzfire_feed_age_seconds", "Age of the newest data of a feed.", "feed")
        well = _gauge("jdzfire_feed_ok", "Whether a feed is well: 1 or 0.", "feed", "state")
        for row in records(feeds):
            if not missing(row["last_data_at"]):
                seconds = self._at.timestamp() - row["last_data_at"].timestamp()
                age.add_metric([row["feed"]], seconds)
            well.add_metric([row["feed"], row["state"]], float(row["state"] == "ok"))
        yield age
        yield well

    def _events(self) -> Iterator[GaugeMetricFamily]:
        ledger = self._workspace.ledger
        verdicts, cases = ledger.load_asking_verdicts(ASKING_VERDICTS), ledger.load_cases()
        waiting = verdicts[needs_duty(verdicts, cases)]
        due = cases["status"].isin(WAITING_STATUSES) & (cases["answer_due_at"] < self._at)
        for name, text, count in (
            ("jdzfire_unresolved", "Events that need the duty room.", len(waiting)),
            (
                "jdzfire_provisional",
                "Of them those that are explained and to be confirmed.",
                int(waiting["is_provisional"].sum()),
            ),
            ("jdzfire_overdue", "Cases whose answer is overdue.", int(due.sum())),
            ("jdzfire_events", "Events there are, merged ones excluded.", ledger.count_events()),
        ):
            gauge = _gauge(name, text)
            gauge.add_metric([], count)
            yield gauge

    def _cycle(self) -> Iterator[GaugeMetricFamily]:
        note = load_cycle_note(self._workspace.home, "cycle")
        seconds = _gauge("jdzfire_cycle_seconds", "Wall time of the last cycle, by part.", "part")
        for part, value in note.get("seconds", {}).items():
            seconds.add_metric([part], value)
        yield seconds
        ended = _gauge("jdzfire_cycle_timestamp_seconds", "Moment of the last cycle.")
        if "at" in note:
            ended.add_metric([], note["at"])
        yield ended


def metrics_text(workspace: Workspace, *, at: datetime) -> bytes:
    """All metrics of a workspace, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(WorkspaceCollector(workspace, at))
    return generate_latest(registry)


def published_at(workspace: Workspace, edition: Edition) -> datetime | None:
    """Moment up to which the page of an edition was found right; None without a page."""
    path = workspace.home.published_dir / edition / "status.json"
    try:
        return datetime.fromisoformat(json.loads(path.read_bytes())["data_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)
