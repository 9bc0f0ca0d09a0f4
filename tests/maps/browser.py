"""A page in headless Chromium with all network blocked, and whatever went wrong on it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WALL = (1920, 1080)
DESK = (1366, 768)
PHONE = (390, 844)

BROWSER_MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium"),
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),
]


def signs_on(page: Any) -> dict[str, int]:
    """Event id -> how many others joined it, of each sign drawn on the map."""
    return dict(json.loads(page.locator("canvas.signs").get_attribute("data-shown")))


def place_on_page(page: Any, lon: float, lat: float) -> tuple[float, float]:
    """Where a place of the map is in the window [px]."""
    spot = page.evaluate(
        "([lon, lat]) => { const m = Object.values(window).find((v) => v && v.flyTo && v.getZoom);"
        " const box = m.getContainer().getBoundingClientRect();"
        " const p = m.latLngToContainerPoint([lat, lon]);"
        " return [box.x + p.x, box.y + p.y]; }",
        [lon, lat],
    )
    return spot[0], spot[1]


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The tile every request below ``tiles/`` gets."""


@dataclass
class Seen:
    """A page and whatever went wrong on it."""

    page: Any
    file: Path
    served: bool = False
    """From a web server of its own name instead of the folder."""
    site: Path | None = None
    """Folder whose files the page may read beside itself."""
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return "http://duty.test/index.html" if self.served else self.file.as_uri()

    def watch(self) -> None:
        """Answer for this page alone, and note every other request and every fault."""
        page = self.page
        page.context.route("**/*", self._answer)
        page.set_default_timeout(8000)
        page.on(
            "console",
            lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: (self.faults.append(dialog.message), dialog.dismiss()))

    def _answer(self, route: Any) -> None:
        url = route.request.url.partition("#")[0]
        if url == self.address and self.served:
            body = self.file.read_bytes()
            headers = {"etag": hashlib.sha256(body).hexdigest(), "content-type": "text/html"}
            route.fulfill(body=b"" if route.request.method == "HEAD" else body, headers=headers)
        elif url == self.address or (self.site and url.startswith(f"{self.site.as_uri()}/")):
            route.continue_()
        elif url.startswith(self.address.rpartition("/")[0] + "/tiles/"):
            route.fulfill(body=PIXEL, content_type="image/png")
        else:
            self.requests.append(url)
            route.abort()

    def assert_quiet(self) -> None:
        assert self.requests == []
        assert self.faults == []
