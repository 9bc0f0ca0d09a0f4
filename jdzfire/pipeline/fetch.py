"""Fetching: ask the live feeds, keep every answer, and know which days still have a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from jdzfire.errors import SettingsError
from jdzfire.feeds.fetch import (
    FIRMS_SOURCES,
    Fetched,
    HttpClient,
    RequestBudget,
    fetch_firms,
    fetch_himawari,
    fetch_keyless,
)
from jdzfire.pipeline.receive import Arrival, Intake, receive
from jdzfire.redact import redact
from jdzfire.store.home import lock_home
from jdzfire.workspace import Workspace, watched_bbox

LIVE_FEEDS = ("firms", "himawari-wlf")
"""Feeds jdzfire can ask for by itself."""

GAP_DAYS = 45
"""Days without a good answer are asked for again this far back: NRT is kept longer [K]."""

NRT_LATENCY = timedelta(hours=3)
"""After a pass its hotspots are there at the latest (field notes, section 4 [V])."""

_KEYLESS_SPANS = (("48h", 2), ("7d", 7))


@dataclass(frozen=True)
class Fetching:
    """What was asked and answered."""

    intake: Intake
    """Files that came; they are received, not read yet."""
    answers: tuple[Fetched, ...]
    """Every answer, good and bad, without its bytes."""
    faults: tuple[str, ...]
    """Why the run is a degraded one."""


def fetch_feeds(
    workspace: Workspace, *, at: datetime, feeds: Sequence[str] | None = None
) -> Fetching:
    """Ask live feeds for what may be new and for what is missing.

    The folder is locked only while answers are kept. Every answer is noted by source and day,
    so that the next healthy run knows the gaps. One dead source stops no other.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
    feeds : sequence of str, optional
        Of :data:`LIVE_FEEDS`; default: those of the settings.

    Returns
    -------
    Fetching

    Raises
    ------
    SettingsError
        A feed that cannot be asked, or one whose address is not set.
    """
    asked = workspace.settings.live_feeds if feeds is None else tuple(feeds)
    unknown = [name for name in asked if name not in LIVE_FEEDS]
    if unknown:
        raise SettingsError(
            f"feed {', '.join(unknown)} cannot be asked for",
            expected=", ".join(LIVE_FEEDS),
            remedy="correct live_feeds; other feeds come as files",
        )
    answers: list[Fetched] = []
    arrivals: list[Arrival] = []
    for fetched in _answers(workspace, asked, at):
        if fetched.state == "ok" and fetched.raw is not None:
            arrivals.append(Arrival(fetched.feed, fetched.source_name, fetched.raw))
        answers.append(replace(fetched, raw=None, detail=redact(fetched.detail)))
    with lock_home(
        workspace.home
    ):  # not while asking: a slow service must not keep the desk waiting
        intake = receive(workspace, arrivals, at=at)
        held = workspace.ledger.load_fetches()
        for fetched in answers:
            _note(workspace, fetched, held)
    faults = tuple(
        redact(f"feed {one.feed}, {one.source}: {one.state}: {one.detail}")
        for one in answers
        if one.state not in ("ok", "no_data")
    )
    return Fetching(intake, tuple(answers), tuple(dict.fromkeys(faults)))


def _answers(workspace: Workspace, feeds: Sequence[str], at: datetime) -> Iterator[Fetched]:
    if "firms" in feeds:
        yield from _firms(workspace, at)
    if "himawari-wlf" in feeds:
        yield from _himawari(workspace, at)


def _firms(workspace: Workspace, at: datetime) -> Iterator[Fetched]:
    settings = workspace.settings
    wrong = [name for name in settings.firms_sources if name not in FIRMS_SOURCES]
    if wrong:
        raise SettingsError(
            f"{', '.join(wrong)} is no source of FIRMS",
            expected=", ".join(FIRMS_SOURCES),
            remedy="correct firms_sources",
        )
    held = workspace.ledger.load_fetches()
    key = settings.firms_map_key
    with HttpClient() as client:
        if key is None:
            yield from _keyless(workspace, client, held, at)
            return
        secret = key.get_secret_value()
        budget = RequestBudget.of_key(workspace.home.root, secret)
        west, south, east, north = watched_bbox(workspace)
        margin = settings.fetch_margin_deg
        bbox = (west - margin, south - margin, east + margin, north + margin)
        for source in settings.firms_sources:
            mine = held[held["source"] == source]
            days = days_to_ask(mine, at=at, lookback=settings.firms_look_back_days)
            yield from fetch_firms(
                [source],
                days,
                bbox=bbox,
                client=client,
                budget=budget,
                base_url=settings.firms_url,
                map_key=secret,
                now=lambda: at,
            )


def _keyless(
    workspace: Workspace, client: HttpClient, held: pd.DataFrame, at: datetime
) -> Iterator[Fetched]:
    settings = workspace.settings
    for source in settings.firms_sources:
        mine = held[held["source"] == source]
        last = mine.loc[mine["state"] == "ok", "asked_at"].max()
        pause = timedelta(minutes=settings.firms_keyless_every_min)
        if not pd.isna(last) and at - last < pause:
            continue
        days = days_to_ask(mine, at=at, lookback=settings.firms_look_back_days)
        yield from fetch_keyless(
            [source],
            span=_span_for(days[0], at),
            region=settings.firms_region,
            client=client,
            base_url=settings.firms_url,
            now=lambda: at,
        )


def _span_for(first: date, at: datetime) -> str:
    """The shortest file that reaches back two days, or to the first day with a gap."""
    need = (at.date() - first).days
    return next((span for span, days in _KEYLESS_SPANS if days >= need), "7d")


def days_to_ask(held: pd.DataFrame, *, at: datetime, lookback: int) -> list[date]:
    """UTC days to ask one source for: the last ones, and those with a gap.

    Parameters
    ----------
    held : DataFrame [FETCHES], of one source
    at : datetime
    lookback : int
        Today and this many days before are always asked for.

    Returns
    -------
    list of date, ascending
        A day has a gap when it lies after the first day ever asked for, at most
        :data:`GAP_DAYS` back, and no good answer came after it had ended and its last pass had
        time to arrive.
    """
    today = at.astimezone(UTC).date()
    days = {today - timedelta(days=back) for back in range(lookback + 1)}
    if held.empty:
        return sorted(days)
    asked = held.set_index("slot")["covered_to"]
    first = max(date.fromisoformat(str(asked.index.min())), today - timedelta(days=GAP_DAYS))
    for number in range((today - first).days + 1):
        day = first + timedelta(days=number)
        covered = asked.get(day.isoformat())
        if covered is None or pd.isna(covered) or covered < _end_of(day):
            days.add(day)
    return sorted(days)


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _himawari(workspace: Workspace, at: datetime) -> Iterator[Fetched]:
    address = workspace.settings.himawari_url
    if address is None:
        raise SettingsError(
            "the place of the Himawari files is not set",
            expected="himawari_url: a folder, or ftp, sftp or http address",
            remedy="set it, or take himawari-wlf out of live_feeds",
        )
    inputs = workspace.ledger.load_inputs()
    known = set(inputs.loc[inputs["kind"] == "himawari-wlf", "source_name"])
    yield from fetch_himawari(
        address.get_secret_value(),
        begins_at=at - timedelta(hours=workspace.settings.himawari_look_back_h),
        ends_at=at,
        known=known,
        now=lambda: at,
        host_key=workspace.settings.himawari_host_key,
    )


def _note(workspace: Workspace, fetched: Fetched, held: pd.DataFrame) -> None:
    """Note an answer under each UTC day it speaks for."""
    mine = held[held["source"] == fetched.source].set_index("slot")["covered_to"]
    for day in _days(fetched.begins_at, fetched.ends_at):
        workspace.ledger.record_fetch(
            fetched.source,
            day.isoformat(),
            feed=fetched.feed,
            state=fetched.state,
            asked_at=fetched.asked_at,
            covered_to=_covered_to(fetched, day, mine.get(day.isoformat())),
            retry_at=fetched.retry_at,
            detail=fetched.detail,
        )


def _covered_to(fetched: Fetched, day: date, before: datetime | None) -> datetime | None:
    """Up to when a good answer covers a day without a hole; None when it does not."""
    start = _end_of(day) - timedelta(days=1)
    known = start if before is None or pd.isna(before) else before
    end = min(fetched.ends_at, _end_of(day), fetched.asked_at - NRT_LATENCY)
    is_joined = fetched.begins_at <= known
    return end if fetched.state == "ok" and is_joined and end > start else None


def _days(begins_at: datetime, ends_at: datetime) -> Iterable[date]:
    first = begins_at.astimezone(UTC).date()
    last = (ends_at.astimezone(UTC) - timedelta(microseconds=1)).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
