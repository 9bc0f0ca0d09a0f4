"""The READ rim: one module per source of hotspots, and the readers of registers beneath.

A new feed is one module, one line in :data:`FEEDS` and one sample in ``data/samples``.
"""

from __future__ import annotations

from datetime import datetime

from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.firms import FIRMS
from jdzfire.feeds.ground import GROUND
from jdzfire.feeds.himawari import HIMAWARI_WLF
from jdzfire.feeds.reading import Feed, Reading
from jdzfire.feeds.text import decode_text, excerpt, refuse_page

__all__ = ["FEEDS", "Feed", "Reading", "read_hotspots", "recognise_feed"]

FEEDS: dict[str, Feed] = {feed.name: feed for feed in (FIRMS, HIMAWARI_WLF, GROUND)}
"""Every feed the house can read, by name."""


def read_hotspots(feed: str, raw: bytes, *, source_name: str, received_at: datetime) -> Reading:
    """Hotspots of one file.

    Parameters
    ----------
    feed : str
        A name in :data:`FEEDS`, or ``auto`` to tell it by content.
    raw : bytes
    source_name : str
        File name, for the messages and for what a feed writes into its names.
    received_at : datetime
        When the house first held it; aware.

    Returns
    -------
    Reading
        Table [HOTSPOTS], in the order of the file, and [REJECTED] rows; ``kind`` is the feed.

    Raises
    ------
    UsageError
        No such feed.
    InputError
        The file cannot be used, or ``auto`` recognises no feed in it.
    """
    name = recognise_feed(raw, source_name=source_name) if feed == "auto" else feed
    if name not in FEEDS:
        raise UsageError(
            f"unknown feed {excerpt(feed)!r}",
            expected=", ".join([*FEEDS, "auto"]),
            found=excerpt(feed),
        )
    return FEEDS[name].read(raw, source_name=source_name, received_at=received_at)


def recognise_feed(raw: bytes, *, source_name: str) -> str:
    """Name of the feed the bytes look like.

    Raises
    ------
    InputError
        None does; an empty file, a web page and a refusal of the service say so.
    """
    for feed in FEEDS.values():
        if feed.recognise(raw, source_name):
            return feed.name
    expected = "a file of one of the feeds: " + ", ".join(FEEDS)
    text = decode_text(raw, source_name=source_name, expected=expected)
    refuse_page(text, source_name=source_name, expected=expected)
    raise InputError(
        f"{excerpt(source_name)} looks like none of the feeds",
        expected=expected,
        found=excerpt(text),
        remedy="name the feed, or see the formats in data/README.md",
    )
