"""Stages of the main job: read from the store, call the core, keep the result.

A flow strings these together; each may be killed and run again. What a stage knows of the
domain it asks of the rooms below; what belongs here is only the order of reading and keeping.
"""

from jdzfire.stages.feed_health import check_feeds
from jdzfire.stages.fetching import Fetching, fetch_feeds
from jdzfire.stages.house import House, open_house
from jdzfire.stages.intake import ingest_files
from jdzfire.stages.receiving import Arrival, Intake
from jdzfire.stages.registering import register_files
from jdzfire.stages.showing import board_of, publish_editions
from jdzfire.stages.standing import judge_standing, load_ground, load_standing

__all__ = [
    "Arrival",
    "Fetching",
    "House",
    "Intake",
    "board_of",
    "check_feeds",
    "fetch_feeds",
    "ingest_files",
    "judge_standing",
    "load_ground",
    "load_standing",
    "open_house",
    "publish_editions",
    "register_files",
]
