"""A shift in Chromium: two desks, a telephone on a bad line, keys alone, two languages."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jdzfire.workspace import open_workspace
from tests.desk.serving import PASSWORD
from tests.desk.test_cases import photo
from tests.maps.browser import BROWSER_MARKS, DESK, PHONE, signs_on
from tests.workspaces import make_workspace

pytestmark = [*BROWSER_MARKS, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
WAIT_MS = 20_000


@dataclass
class Served:
    """A desk that is served."""

    home: Path
    url: str
    browser: Any

    def open(self, name: str | None, size: tuple[int, int] = DESK, **more: Any) -> Any:
        """A page of a browser of its own, logged in by the log-in page."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                page.faults.append(said.text)
                if said.type == "error" and "409" not in said.text and "INTERNET" not in said.text
                else None
            ),
        )
        page.goto(self.url)
        if name is not None:
            page.fill("[name=username]", name)
            page.fill("[name=password]", PASSWORD)
            page.click("button.main")
            page.wait_for_selector(".list")
        return page

    def case(self, one: str) -> dict[str, Any]:
        with open_workspace(self.home) as workspace:
            assert workspace.ledger.check_case_log().is_whole
            return workspace.ledger.load_case(one)


@pytest.fixture
def served(tmp_path: Path, chromium: Any) -> Iterator[Served]:
    make_workspace(tmp_path / "home", tmp_path / "files")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.desk.serving", str(tmp_path / "home"), str(port)]
    with (tmp_path / "desk.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ})
        try:
            _wait_for(port, server, tmp_path / "desk.log")
            yield Served(tmp_path / "home", f"http://127.0.0.1:{port}/", chromium)
        finally:
            server.terminate()
            server.wait(20)
    assert "Traceback" not in (tmp_path / "desk.log").read_text()


def _wait_for(port: int, server: Any, log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def step(page: Any, action: str, **fields: str) -> None:
    """Open the step of a case's page, fill it in, send it."""
    page.click(f".step-{action} > summary")
    for name, value in fields.items():
        page.fill(f".step-{action} [name={name}]", value)
    page.click(f".step-{action} button.main")


def test_a_shift_from_the_call_to_the_end(served: Served, tmp_path: Path) -> None:
    city, county = served.open("city"), served.open("county", PHONE, is_mobile=True, has_touch=True)
    item = county.locator(".item").first
    event = item.get_attribute("data-event")
    one = item.locator("a").get_attribute("href").rsplit("/", 1)[-1]
    map_of_city = city.frame_locator("#map")
    map_of_city.locator("canvas.signs").wait_for()
    city.click(f'[data-show="{event}"]')
    map_of_city.locator(".event-popup").wait_for()
    city.wait_for_selector(f'.item.is-chosen[data-event="{event}"]')

    city.click(f'.item[data-event="{event}"] a')
    step(city, "dispatch")
    city.wait_for_selector(".facts .status-dispatched")
    county.wait_for_selector(f'.item[data-event="{event}"] .status-dispatched')  # by itself

    # the telephone: the line is cut while the answer is written, and comes back later
    county.click(f'.item[data-event="{event}"] a')
    county.click(".step-answer > summary")
    county.check(".step-answer [value=forest_fire]", force=True)
    county.fill(".step-answer [name=affected]", "30")
    county.fill(".step-answer [name=remark]", "山脊明火，风向东北")
    county.context.set_offline(True)
    county.click(".step-answer button.main")
    county.wait_for_selector("[data-said][data-is=waiting]")
    assert served.case(one)["category"] is None
    county.context.set_offline(False)
    county.wait_for_selector(".facts .status-answered")
    case = served.case(one)
    assert (case["category"], case["affected_forest_ha"], case["version"]) == (
        "forest_fire", 2.0, 3,
    )  # fmt: skip
    assert county.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('desk-'))") == []
    picture = tmp_path / "fire.jpg"
    picture.write_bytes(photo((800, 600)))
    county.click("details.step:has([name=photo]) > summary")
    county.set_input_files("[name=photo]", picture)
    county.click("details.step:has([name=photo]) button.main")
    county.wait_for_selector(".photos img")
    assert county.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    step(county, "review_county")
    county.wait_for_selector(".facts .status-county_reviewed")
    city.reload()
    step(city, "review_city")
    city.wait_for_selector(".facts .status-city_reviewed")
    other = served.open("second")
    other.frame_locator("#map").locator("canvas.signs").wait_for()
    frame = other.frames[1]
    assert event in signs_on(frame) or any(signs_on(frame).values())
    step(city, "close")
    city.wait_for_selector(".facts .status-closed")
    other.wait_for_selector(f'.item[data-event="{event}"]', state="detached")
    other.wait_for_function(
        "event => !(event in JSON.parse(document.getElementById('map').contentDocument"
        ".querySelector('canvas.signs').dataset.shown))",
        arg=event,
    )
    assert city.faults == county.faults == other.faults == []


def test_a_draft_outlives_the_page(served: Served) -> None:
    page = served.open("city", PHONE)
    page.locator(".item a").first.click()
    page.click(".step-answer > summary")
    page.check(".step-answer [value=farm_fire]", force=True)
    page.fill(".step-answer [name=remark]", "田埂烧草")
    page.reload()
    assert page.locator(".step-answer [name=remark]").input_value() == "田埂烧草"
    assert page.locator(".step-answer [value=farm_fire]").is_checked()
    assert "草稿" in page.locator("[data-said]").inner_text()


def test_two_officers_in_conflict_see_both(served: Served) -> None:
    first, second = served.open("city"), served.open("second")
    for page in (first, second):
        page.locator(".item a").first.click()
        page.click(".step-answer > summary")
    one = first.url.rsplit("/", 1)[-1]
    first.check(".step-answer [value=farm_fire]", force=True)
    first.click(".step-answer button.main")
    first.wait_for_selector(".facts .status-answered")
    second.check(".step-answer [value=forest_fire]", force=True)
    second.fill(".step-answer [name=remark]", "是山火")
    second.click(".step-answer button.main")
    second.wait_for_selector(".conflict")
    text = second.inner_text("main")
    assert "是山火" in text
    assert "农用火" in text
    assert "森林火灾" in text
    assert served.case(one)["category"] == "farm_fire"
    second.click(".sides form button")
    second.wait_for_selector(".facts .status-answered")
    assert served.case(one)["category"] == "forest_fire"
    assert "forest_fire" not in second.inner_text("main")


def test_by_keys_alone_in_english(served: Served) -> None:
    page = served.open(None)
    page.keyboard.press("Tab")
    page.click("button.quiet")
    page.wait_for_selector("text=Log in")
    page.focus("[name=username]")
    page.keyboard.type("city")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".list")
    assert "late" in page.inner_text(".counts").lower()
    focus = "document.activeElement.closest('.item') !== null"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(focus):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".log")
    page.focus(".step-note > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("road closed at the bridge")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=road closed at the bridge")
    ring = page.evaluate(
        "() => { const a = document.querySelector('.step-answer > summary'); a.focus();"
        " return getComputedStyle(a).outlineStyle; }"
    )
    assert ring != "none"
    assert page.faults == []
