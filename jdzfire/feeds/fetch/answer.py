"""What a service answered, in the words the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Fetched"]


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
