"""What a service answered, in the words the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["FETCH_STATES", "FILLED_STATES", "Fetched"]

FETCH_STATES = (
    "ok",  # a table came, with rows or with a header only
    "no_data",  # the service says it holds nothing for that time yet: not the same as no fires
    "refused",  # key or login refused
    "limited",  # too many requests; asked again after retry_at
    "unavailable",  # no answer, a server's fault, too slow, cut off
    "damaged",  # an answer that is not what was asked: page, wrong length, too large, elsewhere
)
"""States of an answer."""

FILLED_STATES = ("ok",)
"""States after which the time need not be asked for again because of a gap."""


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
    """One of :data:`FETCH_STATES`."""
    raw: bytes | None = None
    """The whole answer when the state is ``ok``; of a damaged one what came, at most 64 kB."""
    detail: str = ""
    """What was found and what to do, one sentence, without key or password."""
    retry_at: datetime | None = None
    """Not to be asked again before this."""
