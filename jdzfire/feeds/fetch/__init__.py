"""Asking services for hotspot files: what to ask, and what each answer means.

A fetcher gives :class:`Fetched` answers, good and bad alike; it keeps nothing and parses no
hotspot. Reading the bytes is for the feed's reader, keeping them for the store.
"""

from jdzfire.feeds.fetch.answer import Fetched

__all__ = ["Fetched"]
