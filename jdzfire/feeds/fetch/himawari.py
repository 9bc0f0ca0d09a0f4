"""Himawari 10-minute wildfire files from a folder, an FTP or SFTP login, or a web mirror."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from jdzfire.feeds.fetch.budget import Fetched
from jdzfire.feeds.fetch.remote_folders import FolderFault, RemoteFolder, open_folder

SLOT = timedelta(minutes=10)
"""A full disk is scanned every 10 minutes [V, field notes section 4]."""
FILE_MAX_BYTES = 20_000_000
"""A scan has some hundred rows; far more is no scan [V, the real file has 212 in 9 kB]."""
FILES_MAX = 500
"""Files of one run; the rest is for the next [K]."""
_NAME = re.compile(r"H\d{2}_(\d{8})_(\d{4})_L2WLF\d{3}_FLDK\.[\d_]+\.csv")
_FOLDER = "%Y%m/%d/%H"
"""Folders below the address, as JAXA lays them out: month, day, hour [K]."""


def fetch_himawari(
    address: str,
    *,
    begins_at: datetime,
    ends_at: datetime,
    known: Collection[str],
    now: Callable[[], datetime],
    host_key: str = "",
) -> Iterator[Fetched]:
    """Fetch the scans of a time that are not held yet.

    Parameters
    ----------
    address : str
        The folder that holds the months, or a local folder with the files themselves.
    begins_at, ends_at : datetime
        Slots with ``begins_at <= slot < ends_at``; aware.
    known : collection of str
        Names of files held already.
    now : callable
    host_key : str, optional
        Fingerprint of an SFTP server.

    Yields
    ------
    Fetched
        One a new scan; one ``no_data`` for each stretch of slots without a file; one fault when
        the folder cannot be asked, and then no more.
    """
    answer = partial(Fetched, feed="himawari-wlf", source="himawari-wlf", asked_at=now())
    slots = _slots(begins_at, ends_at)
    if not slots:
        return
    whole = partial(answer, source_name="himawari-wlf", begins_at=begins_at, ends_at=ends_at)
    try:
        with open_folder(address, host_key=host_key) as folder:
            listed = _listed(folder, slots)
            taken = 0
            for slot, (place, name) in sorted(listed.items()):
                if name in known or taken >= FILES_MAX:
                    continue
                taken += 1
                state, raw, detail = _read(folder, place, name)
                yield answer(
                    source_name=name,
                    begins_at=slot,
                    ends_at=slot + SLOT,
                    state=state,
                    raw=raw,
                    detail=detail,
                )
            for first, last in _stretches([slot for slot in slots if slot not in listed]):
                count = round((last - first) / SLOT)
                yield answer(
                    source_name="himawari-wlf",
                    begins_at=first,
                    ends_at=last,
                    state="no_data",
                    detail=f"{count} scans are not there",
                )
    except FolderFault as fault:
        yield whole(state=fault.state, detail=fault.detail)


def _slots(begins_at: datetime, ends_at: datetime) -> list[datetime]:
    first = begins_at.astimezone(UTC)
    first -= timedelta(
        minutes=first.minute % 10, seconds=first.second, microseconds=first.microsecond
    )
    if first < begins_at:
        first += SLOT
    count = max(0, -((first - ends_at.astimezone(UTC)) // SLOT))
    return [first + number * SLOT for number in range(count)]


def _listed(
    folder: RemoteFolder, slots: Collection[datetime]
) -> Mapping[datetime, tuple[str, str]]:
    """Folder and name of the file of each slot there is one for; the last name of a slot."""
    wanted, found = set(slots), {}
    for place in sorted({slot.strftime(_FOLDER) for slot in slots}):
        for name in folder.names(place):
            slot = _slot_of(name)
            if slot in wanted:
                found[slot] = (place, name)
    return found


def _slot_of(name: str) -> datetime | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(f"{match[1]}{match[2]}+0000", "%Y%m%d%H%M%z")
    except ValueError:
        return None


def _read(folder: RemoteFolder, place: str, name: str) -> tuple[str, bytes | None, str]:
    """State, bytes and detail of one file; one that is still being written is asked for again."""
    try:
        raw = folder.read(place, name, FILE_MAX_BYTES)
    except FolderFault as fault:
        return fault.state, None, f"{name}: {fault.detail}"
    if len(raw) > FILE_MAX_BYTES:
        return "damaged", None, f"{name}: more than {FILE_MAX_BYTES:,} bytes"
    if raw.count(b"#") < 2 or not raw.endswith(b"\n"):
        return "damaged", None, f"{name}: not whole"
    return "ok", raw, ""


def _stretches(slots: Collection[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """First slot and end of each run of slots."""
    run: list[datetime] = []
    for slot in sorted(slots):
        if run and slot - run[-1] > SLOT:
            yield run[0], run[-1] + SLOT
            run = []
        run.append(slot)
    if run:
        yield run[0], run[-1] + SLOT
