"""The registry of hotspot feeds: ``FEEDS``, and which of them a file belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.afimg import VIIRS_AFIMG
from jdzfire.feeds.firms import FIRMS
from jdzfire.feeds.ground import GROUND
from jdzfire.feeds.himawari import HIMAWARI_WLF
from jdzfire.feeds.mapped import mapped_feed, shipped_feeds
from jdzfire.feeds.mapping import load_mapping
from jdzfire.feeds.reading import Feed, Reading
from jdzfire.feeds.text import decode_text, excerpt, refuse_page

FEEDS: dict[str, Feed] = {
    feed.name: feed for feed in (FIRMS, HIMAWARI_WLF, VIIRS_AFIMG, GROUND, *shipped_feeds())
}
"""Every feed jdzfire can read, by name; tables of offices through a mapping last."""


def feeds_of_mappings(texts: Mapping[str, str]) -> dict[str, Feed]:
    """Feeds of an office's own mappings.

    Parameters
    ----------
    texts : mapping of str
        Name -> TOML text.

    Raises
    ------
    SettingsError
        A mapping cannot be used, or has the name of a shipped feed.
    """
    return {
        name: mapped_feed(load_mapping(text, name=name, taken=FEEDS))
        for name, text in texts.items()
    }


def read_hotspots(
    feed: str,
    raw: bytes,
    *,
    source_name: str,
    received_at: datetime,
    feeds: Mapping[str, Feed] = FEEDS,
) -> Reading:
    """Hotspots of one file.

    Parameters
    ----------
    feed : str
        A name in ``feeds``, or ``auto`` to recognise it by content.
    raw : bytes
    source_name : str
        File name, for the messages and for what a feed writes into its names.
    received_at : datetime
        When it was first received; aware.
    feeds : mapping of Feed
        Default: :data:`FEEDS`.

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
    name = recognise_feed(raw, source_name=source_name, feeds=feeds) if feed == "auto" else feed
    if name not in feeds:
        raise UsageError(
            f"unknown feed {excerpt(feed)!r}",
            expected=", ".join([*feeds, "auto"]),
            found=excerpt(feed),
        )
    return feeds[name].read(raw, source_name=source_name, received_at=received_at)


def recognise_feed(raw: bytes, *, source_name: str, feeds: Mapping[str, Feed] = FEEDS) -> str:
    """Name of the feed the bytes look like.

    Raises
    ------
    InputError
        None matches; for an empty file, a web page or a refusal of the service the message names
        it.
    """
    for feed in feeds.values():
        if feed.recognise(raw, source_name):
            return feed.name
    expected = "a file of one of the feeds: " + ", ".join(feeds)
    text = decode_text(raw, source_name=source_name, expected=expected)
    refuse_page(text, source_name=source_name, expected=expected)
    raise InputError(
        f"{excerpt(source_name)} looks like none of the feeds",
        expected=expected,
        found=excerpt(text),
        remedy="name the feed, or see the formats in data/README.md",
    )
