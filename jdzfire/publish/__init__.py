"""The SHOW rim: the map page, the bulletin and exports of one board.

What belongs here: from tables to bytes people read. Nothing here decides about fires, reads the
store or writes a file: ``store.put_up_run`` places what a publisher returns.
"""

from jdzfire.publish.board import (
    FEED_COLUMNS,
    HISTORY_COLUMNS,
    LOOK_COLUMNS,
    NEAREST_COLUMNS,
    Board,
    Edition,
)
from jdzfire.publish.bulletin import write_bulletin
from jdzfire.publish.exports import CapOptions
from jdzfire.publish.front_page import draw_front
from jdzfire.publish.map_page import draw_map
from jdzfire.publish.offline import render_offline
from jdzfire.publish.public_edition import public_edition
from jdzfire.publish.publishers import PUBLISHERS, Publisher, publish_alerts
from jdzfire.publish.status import describe_status
from jdzfire.publish.unresolved import unresolved_geojson

__all__ = [
    "FEED_COLUMNS",
    "HISTORY_COLUMNS",
    "LOOK_COLUMNS",
    "NEAREST_COLUMNS",
    "PUBLISHERS",
    "Board",
    "CapOptions",
    "Edition",
    "Publisher",
    "describe_status",
    "draw_front",
    "draw_map",
    "public_edition",
    "publish_alerts",
    "render_offline",
    "unresolved_geojson",
    "write_bulletin",
]
