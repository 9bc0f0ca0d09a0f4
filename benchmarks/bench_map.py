"""The duty map and the season map beside plain Folium of the same data, in the same run.

    python benchmarks/bench_map.py [EVENTS ...]

For 50, 500 and 5,000 events with everything a card shows: seconds to build, MB of HTML, seconds
until the page can be used, and the longest of six zooms, in headless Chromium with all network
blocked. Plain Folium draws a ``CircleMarker`` with an HTML popup an event, or one ``GeoJson`` of
the footprints with a ``GeoJsonPopup``, both on canvas; it has no list, no filters, no relief and
one language. Its libraries are put into its page as into ours, so that both open without a
network. The season map is 50,000 hotspots. Best of three builds and of three openings.
"""

from __future__ import annotations

import html
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from made_board import made_board, made_hotspots

from jdzfire.board.board import Board
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.maps.map_page import draw_map
from jdzfire.maps.offline import render_offline
from jdzfire.maps.season_map import draw_season_map

CHROMIUM = "/usr/bin/chromium"
REPEATS = 3
SEASON = 50_000
ZOOM = """async () => {
  const map = Object.values(window).find((v) => v && v.flyTo && v.getZoom);
  let worst = 0;
  for (const z of [10, 11, 12, 11, 10, 9]) {
    const start = performance.now();
    map.setZoom(z, { animate: false });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    worst = Math.max(worst, performance.now() - start);
  }
  return worst;
}"""


def best_of(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the fastest run, and what it gave."""
    seconds, result = float("inf"), None
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = act()
        seconds = min(seconds, time.perf_counter() - start)
    return seconds, result


def card(summary: EventSummary, passes: list[list[Any]]) -> str:
    """The card as one would write it by hand."""
    row, esc = summary.row, lambda value: html.escape(str(value))
    parts = [f"<h4>{esc(row['place'])}</h4><p>{esc(row['verdict_name'])} {row['id']}</p>"]
    parts.append(f"<p>{row['priority']} {esc(row['parts'])} {esc(row['causes'])}</p>")
    parts.append(f"<p>{row['first_full']} - {row['last_full']} {esc(row['satellites'])}</p>")
    parts.append(f"<p>{row['count']} {row['frp']} MW {esc(row['confidence'])}</p><table>")
    parts += [f"<tr>{''.join(f'<td>{esc(v)}</td>' for v in one)}</tr>" for one in passes]
    parts.append("</table><ol>")
    parts += [
        f"<li>{one['outcome']} {esc(one['text'])} {esc(one['measured'])} {esc(one['threshold'])}"
        for one in row["reasons"]
    ]
    parts.append("</ol><ul>")
    parts += [
        f"<li>{esc(t['name'])} {t['wind']} {t['km']} km {t['min']} min {esc(t['leader'])} "
        f"<a href='tel:{esc(t['phone'])}'>{esc(t['phone'])}</a>"
        for t in row["nearest"]
    ]
    parts.append(f"</ul><p>{esc(row['case'])}</p><p>{esc(row['county'])} {esc(row['township'])} ")
    parts.append(
        f"{esc(row['zone'])} {row['forest_pct']}% {row['ha']} ha {row['lon']},{row['lat']}"
    )
    return "".join([*parts, f" {row['gcj']} {row['bd']}</p>"])


def passes_of(board: Board) -> dict[str, list[list[Any]]]:
    """The passes of each event as rows of the card's table."""
    found: dict[str, list[list[Any]]] = {}
    columns = ["acquired_at", "satellite", "hotspot_count", "frp_sum_mw", "area_ha", "new_ha"]
    table = board.growth
    for event_id, *row in zip(table["event_id"], *(table[name] for name in columns), strict=True):
        found.setdefault(event_id, []).append(row)
    return found


def plain_map() -> Any:
    """Folium's map on canvas."""
    m = folium.Map(location=[29.35, 117.4], zoom_start=9, tiles=None, prefer_canvas=True)
    m.options |= {"maxZoom": 18}
    return m


def plain_markers(board: Board) -> str:
    """A circle with a popup for each event, and a dot for each hotspot."""
    m, passes = plain_map(), passes_of(board)
    for summary in summarise_events(board):
        popup = folium.Popup(card(summary, passes.get(summary.event_id, [])), max_width=430)
        place = [summary.row["lat"], summary.row["lon"]]
        folium.CircleMarker(place, radius=8, popup=popup, fill=True).add_to(m)
    return render_offline(m)


def plain_geojson(board: Board) -> str:
    """One GeoJson of the footprints, with a popup made of a property."""
    passes = passes_of(board)
    summaries = {summary.event_id: summary for summary in summarise_events(board)}
    stated = [card(summaries[name], passes.get(name, [])) for name in board.events["event_id"]]
    table = gpd.GeoDataFrame(
        {"card": stated, "level": [summaries[name].level for name in board.events["event_id"]]},
        geometry=board.events.geometry.to_numpy(),
        crs="EPSG:4326",
    )
    m = plain_map()
    folium.GeoJson(table, popup=folium.GeoJsonPopup(["card"], labels=False)).add_to(m)
    return render_offline(m)


def plain_dots(hotspots: gpd.GeoDataFrame) -> str:
    """A circle for each hotspot, with what a hotspot's card says."""
    m = plain_map()
    columns = ("satellite", "acquired_at", "frp_mw", "confidence")
    rows = zip(*(hotspots[name] for name in columns), hotspots.geometry, strict=True)
    for *stated, place in rows:
        popup = " ".join(html.escape(str(value)) for value in stated)
        folium.CircleMarker([place.y, place.x], radius=3, popup=popup, fill=True).add_to(m)
    return render_offline(m)


def plain_dots_geojson(hotspots: gpd.GeoDataFrame) -> str:
    """One GeoJson of the hotspots, with a popup of four properties."""
    columns = ["satellite", "acquired_at", "frp_mw", "confidence"]
    table = hotspots[[*columns, "geometry"]].assign(
        acquired_at=hotspots["acquired_at"].dt.strftime("%Y-%m-%d %H:%M")
    )
    m = plain_map()
    folium.GeoJson(
        table, marker=folium.CircleMarker(radius=3), popup=folium.GeoJsonPopup(columns)
    ).add_to(m)
    return render_offline(m)


def open_page(browser: Any, page_text: str, folder: Path) -> tuple[float, float]:
    """Seconds until the page answers after its scripts ran, and ms of its slowest zoom."""
    file = folder / "page.html"
    file.write_text(page_text, "utf-8")
    opened, worst = float("inf"), float("inf")
    for _ in range(REPEATS):
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        page = context.new_page()
        context.route("http**/*", lambda route: route.abort())
        start = time.perf_counter()
        page.goto(file.as_uri(), wait_until="load")
        if "jdzfire" in page_text:  # its data are unpacked after the page has loaded
            page.wait_for_selector("html.is-ready", state="attached")
        page.evaluate("() => new Promise((d) => requestAnimationFrame(() => setTimeout(d, 0)))")
        opened = min(opened, time.perf_counter() - start)
        worst = min(worst, float(page.evaluate(ZOOM)))
        context.close()
    return opened, worst


def measure(browser: Any, folder: Path, ways: dict[str, Callable[[], str]], size: int) -> None:
    """Print one row a way, and how the first compares with the others."""
    rows = []
    for name, draw in ways.items():
        built, text = best_of(draw)
        megabytes = len(text.encode()) / 1e6
        opened, zoomed = open_page(browser, text, folder)
        rows.append((built, megabytes, opened, zoomed))
        print(
            f"| {size:,} | {name} | {built:.2f} | {megabytes:.2f} | {opened:.2f} | {zoomed:.0f} |"
        )
    for name, row in list(zip(ways, rows, strict=True))[1:]:
        ratios = [there / here for here, there in zip(rows[0], row, strict=True)]
        stated = "build {:.1f}x, size {:.1f}x, open {:.1f}x, zoom {:.1f}x".format(*ratios)
        print(f"|  | _{name} / ours_ | {stated} |  |  |  |")


def main(sizes: list[int]) -> None:
    """Measure each size, then a season."""
    from playwright.sync_api import sync_playwright

    warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
    print("| size | way | build s | HTML MB | open s | zoom ms |\n|---|---|---|---|---|---|")
    arguments = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for size in sizes:
            board = made_board(size)
            measure(
                browser,
                Path(name),
                {
                    "duty map": lambda board=board: draw_map(replace(board)),
                    "CircleMarker": lambda board=board: plain_markers(replace(board)),
                    "GeoJson": lambda board=board: plain_geojson(replace(board)),
                },
                size,
            )
        season = made_hotspots(SEASON)
        now = pd.Timestamp("2024-04-04T08:00:00Z").to_pydatetime()
        measure(
            browser,
            Path(name),
            {
                "season map": lambda: draw_season_map(season, now=now),
                "CircleMarker": lambda: plain_dots(season),
                "GeoJson": lambda: plain_dots_geojson(season),
            },
            SEASON,
        )
        browser.close()


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [50, 500, 5000])
