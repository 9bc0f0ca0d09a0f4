"""NASA FIRMS: the area API with a MAP_KEY, and the regional files without one.

The key is part of the address, so no address is ever repeated. The body of an answer decides
what it is: FIRMS says "Invalid MAP_KEY." with 200, 400 or 401.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from urllib.parse import quote

from jdzfire.feeds.fetch.budget import Fetched, RequestBudget
from jdzfire.feeds.fetch.http import Answer, HttpClient
from jdzfire.feeds.text import excerpt
from jdzfire.redact import redact

WINDOW_DAYS = 5
"""The API gives at most five days at once [V, field notes section 4]."""
_API_BYTES_MAX = 50_000_000
Clock = Callable[[], datetime]
Bbox = tuple[float, float, float, float]


@dataclass(frozen=True)
class FirmsSource:
    """One product FIRMS can be asked for."""

    satellites: tuple[str, ...]
    """Whose hotspots it has."""
    folder: str = ""
    """Folder of the keyless file; empty when there is none."""
    prefix: str = ""
    """Beginning of the name of the keyless file."""


FIRMS_SOURCES: Mapping[str, FirmsSource] = {
    "VIIRS_NOAA20_NRT": FirmsSource(("NOAA-20",), "noaa-20-viirs-c2", "J1_VIIRS_C2"),
    "VIIRS_NOAA21_NRT": FirmsSource(("NOAA-21",), "noaa-21-viirs-c2", "J2_VIIRS_C2"),
    "VIIRS_SNPP_NRT": FirmsSource(("S-NPP",), "suomi-npp-viirs-c2", "SUOMI_VIIRS_C2"),
    "MODIS_NRT": FirmsSource(("Terra", "Aqua"), "modis-c6.1", "MODIS_C6_1"),
    "VIIRS_NOAA20_SP": FirmsSource(("NOAA-20",)),
    "VIIRS_SNPP_SP": FirmsSource(("S-NPP",)),
    "MODIS_SP": FirmsSource(("Terra", "Aqua")),
    "LANDSAT_NRT": FirmsSource(("Landsat-8", "Landsat-9")),
}
"""Sources of the API; names of files and folders of the keyless ones as published [K]."""

KEYLESS_SPANS = {"24h": timedelta(days=1), "48h": timedelta(days=2), "7d": timedelta(days=7)}


def plan_windows(days: Collection[date]) -> list[tuple[date, int]]:
    """First day and number of days of each request that together ask for the days.

    Examples
    --------
    >>> plan_windows([date(2024, 4, d) for d in (1, 2, 3, 4, 5, 6, 9)])
    [(datetime.date(2024, 4, 1), 5), (datetime.date(2024, 4, 6), 1), (datetime.date(2024, 4, 9), 1)]
    """
    windows: list[tuple[date, int]] = []
    for day in sorted(set(days)):
        if windows:
            first, count = windows[-1]
            if count < WINDOW_DAYS and day == first + timedelta(days=count):
                windows[-1] = (first, count + 1)
                continue
        windows.append((day, 1))
    return windows


def fetch_firms(
    sources: Sequence[str],
    days: Collection[date],
    *,
    bbox: Bbox,
    client: HttpClient,
    budget: RequestBudget,
    base_url: str,
    map_key: str,
    now: Clock,
) -> Iterator[Fetched]:
    """Ask the area API for UTC days of some sources.

    First it is asked what is available, so that a day without fires (``ok``, a header only) and
    a day without data (``no_data``) differ. A refused key ends the asking.

    Parameters
    ----------
    sources : sequence of str
        Names in :data:`FIRMS_SOURCES`.
    days : collection of date
        UTC days.
    bbox : (west, south, east, north) [degree, EPSG:4326]
    client : HttpClient
    budget : RequestBudget
        A request counts as one transaction a day asked for.
    base_url : str
    map_key : str
        In no message and in no name.
    now : callable
        Gives the time of asking.

    Yields
    ------
    Fetched
        One a source and window of at most five days.
    """
    if not days:
        return
    ask = _Asking(client, budget, base_url.rstrip("/"), map_key, now)
    first, last = min(days), max(days)
    listed = ask.call("all", f"data_availability/csv/{_quoted(map_key)}/all", 1, first, last)
    if listed.state in ("refused", "limited"):
        name = listed.source_name.removeprefix("all")
        for source in sources:
            yield replace(listed, source=source, source_name=source + name)
        return
    known = read_availability(listed.raw or b"") if listed.state == "ok" else {}
    for source in sources:
        held = known.get(source)
        missing = [day for day in days if held and not held[0] <= day <= held[1]]
        for start, count in plan_windows(missing):
            yield ask.no_data(source, start, count, held)
        wanted = [day for day in days if day not in missing]
        for start, count in plan_windows(wanted):
            answer = ask.area(source, bbox, start, count)
            yield answer
            if answer.state in ("refused", "limited"):
                return


def fetch_keyless(
    sources: Sequence[str],
    *,
    span: str,
    region: str,
    client: HttpClient,
    base_url: str,
    now: Clock,
) -> Iterator[Fetched]:
    """Ask for the public regional files, which need no key.

    Parameters
    ----------
    sources : sequence of str
        Those without such a file are ``no_data``.
    span : str
        ``24h``, ``48h`` or ``7d``.
    region : str
        For example ``Russia_Asia``.
    client : HttpClient
    base_url : str
    now : callable

    Yields
    ------
    Fetched
        One a source, for the span up to now.
    """
    base = base_url.rstrip("/")
    for source in sources:
        about = FIRMS_SOURCES[source]
        asked_at = now()
        name = f"{about.prefix}_{region}_{span}.csv"
        held_text = partial(
            Fetched,
            feed="firms",
            source=source,
            source_name=name if about.folder else source,
            begins_at=asked_at - KEYLESS_SPANS[span],
            ends_at=asked_at,
            asked_at=asked_at,
        )
        if not about.folder:
            yield held_text(state="no_data", detail="no keyless file; a MAP_KEY is needed")
            continue
        answer = client.ask(f"{base}/data/active_fire/{about.folder}/csv/{quote(name)}")
        state, detail = _meaning(answer)
        raw = answer.raw if state == "ok" else None
        yield held_text(state=state, raw=raw, detail=detail, retry_at=answer.retry_at)


def read_availability(raw: bytes) -> dict[str, tuple[date, date]]:
    r"""First and last day of each source of a data_availability answer; odd lines are left out.

    Examples
    --------
    >>> read_availability(b"data_id,min_date,max_date\nMODIS_NRT,2024-01-01,2024-04-04\n")
    {'MODIS_NRT': (datetime.date(2024, 1, 1), datetime.date(2024, 4, 4))}
    """
    found = {}
    for row in csv.DictReader(io.StringIO(raw.decode("utf-8", errors="replace"))):
        try:
            span = (date.fromisoformat(row["min_date"]), date.fromisoformat(row["max_date"]))
        except (KeyError, TypeError, ValueError):
            continue
        found[str(row.get("data_id", "")).strip()] = span
    return found


@dataclass(frozen=True)
class _Asking:
    """What every request of one run has in common."""

    client: HttpClient
    budget: RequestBudget
    base: str
    key: str
    now: Clock

    def area(self, source: str, bbox: Bbox, start: date, count: int) -> Fetched:
        box = ",".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in bbox)
        path = f"area/csv/{_quoted(self.key)}/{source}/{box}/{count}/{start.isoformat()}"
        return self.call(source, path, count, start, start + timedelta(days=count - 1))

    def no_data(
        self, source: str, start: date, count: int, held: tuple[date, date] | None
    ) -> Fetched:
        held_text = "" if held is None else f"FIRMS holds {held[0]} to {held[1]}"
        return self._fetched(source, start, start + timedelta(days=count - 1), "no_data", held_text)

    def call(self, source: str, path: str, cost: int, first: date, last: date) -> Fetched:
        at = self.now()
        wait_s = self.budget.take(cost, at=at)
        if wait_s > 0:
            detail = f"{self.budget.limit} requests in {self.budget.window_s:.0f} s are used up"
            return self._fetched(
                source, first, last, "limited", detail, retry_at=at + timedelta(seconds=wait_s)
            )
        answer = self.client.ask(
            f"{self.base}/api/{path}",
            secrets=[self.key],
            bytes_max=_API_BYTES_MAX,
        )
        state, detail = _meaning(answer, header="data_id" if source == "all" else "latitude")
        raw = answer.raw if state == "ok" else None
        return self._fetched(source, first, last, state, detail, raw=raw, retry_at=answer.retry_at)

    def _fetched(
        self,
        source: str,
        first: date,
        last: date,
        state: str,
        detail: str,
        *,
        raw: bytes | None = None,
        retry_at: datetime | None = None,
    ) -> Fetched:
        return Fetched(
            feed="firms",
            source=source,
            source_name=f"{source}_{first.isoformat()}_{(last - first).days + 1}.csv",
            begins_at=datetime(first.year, first.month, first.day, tzinfo=UTC),
            ends_at=datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1),
            asked_at=self.now(),
            state=state,
            raw=raw,
            detail=redact(detail, [self.key]),
            retry_at=retry_at,
        )


def _meaning(answer: Answer, *, header: str = "latitude") -> tuple[str, str]:
    """State and detail of an answer by its body."""
    if answer.state != "ok" and answer.status not in (400, 401, 403, 429):
        return answer.state, answer.detail
    head = answer.raw[:4096].decode("utf-8", errors="replace").lstrip("\ufeff").strip()
    low = head.lower()
    if "map_key" in low or answer.status in (401, 403):
        return "refused", "the service refuses the MAP_KEY; check firms_map_key"
    if "transaction limit" in low or "rate limit" in low or answer.status == 429:
        return "limited", "too many requests; the next run asks again"
    if answer.status != 200:
        return "damaged", f"status {answer.status}: {excerpt(head)}"
    first = low.split("\n", 1)[0]
    if header in first and "," in first:
        if _is_cut(answer.raw):
            return "unavailable", "the answer ends in the middle of a line"
        return "ok", ""
    return "damaged", f"not a table but: {excerpt(head) or 'nothing'}"


def _is_cut(raw: bytes) -> bool:
    """Whether the last line of a table has fewer fields than its header.

    A stated length that is too short cuts an answer without any other sign.
    """
    text = raw.rstrip(b"\r\n")
    last = text[text.rfind(b"\n") + 1 :]
    header = text.split(b"\n", 1)[0]
    return last.count(b",") < header.count(b",")


def _quoted(key: str) -> str:
    return quote(key, safe="")
