"""Exports of a board for other programs: one module a format, bytes in memory.

What belongs here: writing a format as its standard says, so that the office's own tools open it.
Every export is made of a board already cut to its edition; see ``docs/exports.md``.
"""

from jdzfire.publish.exports.alerts import CapOptions, cap_messages
from jdzfire.publish.exports.events_csv import events_csv
from jdzfire.publish.exports.events_gpkg import events_gpkg
from jdzfire.publish.exports.events_kml import events_kml
from jdzfire.publish.exports.events_xlsx import events_xlsx
from jdzfire.publish.exports.stac import ITEM_NAME, stac_item

__all__ = [
    "ITEM_NAME",
    "CapOptions",
    "cap_messages",
    "events_csv",
    "events_gpkg",
    "events_kml",
    "events_xlsx",
    "stac_item",
]
