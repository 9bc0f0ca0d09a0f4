"""Asking services for hotspot files: what to ask, and what each answer means.

A fetcher gives :class:`Fetched` answers, good and bad alike; it keeps nothing and parses no
hotspot. Reading the bytes is for the feed's reader, keeping them for the store.
"""

from jdzfire.feeds.fetch.budget import Fetched, RequestBudget
from jdzfire.feeds.fetch.firms import FIRMS_SOURCES, fetch_firms, fetch_keyless
from jdzfire.feeds.fetch.himawari import fetch_himawari
from jdzfire.feeds.fetch.http import Bounds, HttpClient

__all__ = [
    "FIRMS_SOURCES",
    "Bounds",
    "Fetched",
    "HttpClient",
    "RequestBudget",
    "fetch_firms",
    "fetch_himawari",
    "fetch_keyless",
]
