"""Joining hotspots into events: all at once beside DBSCAN, and a new day added to a full book.

    python benchmarks/bench_events.py [--sizes 10000,100000,1000000] [--day 1000]

Hotspots of one made-up year over ten by ten degrees: fires of one to some hundred pixels over one
to three days, and industrial sites seen every few days. Prints seconds of one core and ratios of
one run:

- *draw*, *link*: footprints, and events by the exact gaps between them (500 m within 24 h, touching
  within 120 h); best of two.
- *DBSCAN*: scikit-learn on the points alone, minPts 1, one radius about place and scaled time
  (a ball; 1 km and 24 h); it knows no footprints, and its groups are others.
- *link*, *both*: DBSCAN's time over that of linking alone, and of drawing and linking.
- *+day*: hotspots of one day added to an :class:`EventBook` of each size, median of seven days.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN

from jdzfire.events.book import EventBook
from jdzfire.events.link import label_components
from jdzfire.events.rules import EventRules
from jdzfire.hotspots.footprints import footprints
from jdzfire.schemas import HOTSPOTS, conform

AT = datetime(2025, 1, 1, tzinfo=UTC)
WEST, SOUTH, WIDTH = 110.0, 24.0, 10.0
M_LAT, M_LON = 110_800.0, 98_700.0


def made_hotspots(count: int, seed: int = 1) -> gpd.GeoDataFrame:
    """A year of hotspots, sorted by time."""
    rng = np.random.default_rng(seed)
    sites = count // 2000
    per_work = 300 * sites
    sizes = np.minimum(rng.geometric(0.35, count), 400)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), count - per_work)) + 1]
    fire = np.repeat(np.arange(len(sizes)), sizes)[: count - per_work]
    x = rng.uniform(0, WIDTH, len(sizes))[fire]
    y = rng.uniform(0, WIDTH, len(sizes))[fire]
    day = rng.uniform(0, 362, len(sizes))[fire]
    spread = np.sqrt(sizes[fire]) * 200.0
    x = x + rng.normal(0, 1, len(fire)) * spread / M_LON
    y = y + rng.normal(0, 1, len(fire)) * spread / M_LAT
    day = day + rng.exponential(0.4, len(fire))
    at_work = np.repeat(np.arange(sites), 300)
    x = np.append(x, rng.uniform(0, WIDTH, sites)[at_work] + rng.normal(0, 150, per_work) / M_LON)
    y = np.append(y, rng.uniform(0, WIDTH, sites)[at_work] + rng.normal(0, 150, per_work) / M_LAT)
    day = np.clip(np.append(day, rng.uniform(0, 365, per_work)), 0, 364.99)
    # VIIRS passes at about 01:30 and 13:30 local time of two satellites, to the minute
    half = np.floor(day * 2) / 2
    satellite = rng.integers(0, 2, count)
    minute = np.round((half + 0.23) * 1440 + satellite * 50 + (x % 1.0) * 6)
    order = np.argsort(minute, kind="stable")
    at = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(minute[order], unit="min")
    table = gpd.GeoDataFrame(
        {
            "hotspot_id": [f"h{k:08d}" for k in range(count)],
            "feed": "firms",
            "satellite": np.where(satellite[order] == 0, "NOAA-20", "NOAA-21"),
            "instrument": "VIIRS",
            "product": "NRT",
            "acquired_at": at,
            "received_at": at,
            "scan_km": rng.uniform(0.38, 0.8, count).round(2),
            "track_km": rng.uniform(0.37, 0.78, count).round(2),
            "frp_mw": rng.gamma(1.0, 8.0, count).round(2),
        },
        geometry=gpd.points_from_xy(WEST + x[order], SOUTH + y[order]),
        crs="EPSG:4326",
    )
    rest = {
        name: 0 if name == "raw_line" else "" if name == "raw_sha256" else None
        for name in HOTSPOTS.columns
        if name not in table
    }
    return conform(table.assign(**rest), HOTSPOTS)


def group_ours(hotspots: gpd.GeoDataFrame) -> tuple[int, float, float]:
    """Number of events by exact gaps; seconds to draw the footprints, and to link them."""
    start = time.process_time()
    shapes = footprints(hotspots)
    drawn = time.process_time()
    new, none = np.ones(len(hotspots), dtype=bool), np.full(len(hotspots), -1)
    label = label_components(hotspots, shapes, new=new, held=none, rules=EventRules())
    return int(label.max()) + 1, drawn - start, time.process_time() - drawn


def group_dbscan(hotspots: gpd.GeoDataFrame) -> int:
    """Number of groups of points in a ball of place and time."""
    x, y = hotspots.geometry.x * M_LON, hotspots.geometry.y * M_LAT
    hours = hotspots["acquired_at"].astype("int64") / 3.6e9
    space = np.column_stack([x, y, (hours - hours.min()) / 24.0 * 1000.0])
    return int(DBSCAN(eps=1000.0, min_samples=1).fit(space).labels_.max()) + 1


def add_days(hotspots: gpd.GeoDataFrame, day: int) -> tuple[float, float]:
    """Seconds to fill a book, and to add a further day: median of seven."""
    last = hotspots["acquired_at"].max()
    book = EventBook()
    start = time.process_time()
    book.add(hotspots, at=AT)
    filled = time.process_time() - start
    seconds = []
    for number in range(7):
        more = made_hotspots(day, seed=100 + number)
        begin = more["acquired_at"].dt.floor("D")
        at = last.floor("D") + pd.Timedelta(days=number) + (more["acquired_at"] - begin)
        more = more.assign(hotspot_id=more["hotspot_id"] + f"-{number}", acquired_at=at)
        start = time.process_time()
        book.add(more, at=AT)
        seconds.append(time.process_time() - start)
    return filled, float(np.median(seconds))


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description="events: ours beside DBSCAN")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--day", type=int, default=1000)
    parser.add_argument("--dbscan-most", type=int, default=1_000_000)
    parser.add_argument("--book-most", type=int, default=1_000_000)
    chosen = parser.parse_args()
    add_days(made_hotspots(2000), 100)  # imports and caches
    names = ("events", "draw s", "link s", "DBSCAN s", "link", "both", "book s", "+day ms", "MB")
    print(f"{'hotspots':>10}" + "".join(f"{name:>10}" for name in names))
    for size in (int(text) for text in chosen.sizes.split(",")):
        hotspots = made_hotspots(size)
        runs = [group_ours(hotspots) for _ in range(2)]
        events, draw, link = runs[0][0], min(run[1] for run in runs), min(run[2] for run in runs)
        dbscan = np.nan
        if size <= chosen.dbscan_most:
            start = time.process_time()
            group_dbscan(hotspots)
            dbscan = time.process_time() - start
        filled, day_s = np.nan, np.nan
        if size <= chosen.book_most:
            filled, day_s = add_days(hotspots, chosen.day)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ratios = (dbscan / link, dbscan / (draw + link))
        stated = (draw, link, dbscan, *ratios, filled, day_s * 1e3, peak)
        print(f"{size:>10}{events:>10}" + "".join(f"{value:>10.2f}" for value in stated))


if __name__ == "__main__":
    main()
