"""What the one setting of the base map means."""

from __future__ import annotations

import pytest

from jdzfire.errors import SettingsError
from jdzfire.publish.basemaps import base_layers, picture_sources


@pytest.mark.parametrize(
    ("setting", "hosts"),
    [
        (None, ()),
        ("osm", ("https://tile.openstreetmap.org",)),
        ("tianditu-img:abc1", ("https://*.tianditu.gov.cn",)),
        ("tiles/{z}/{x}/{y}.png", ("'self'", "file:")),
        ("../tiles/{z}/{x}/{y}.webp", ("'self'", "file:")),
        ("https://maps.office/{z}/{x}/{y}", ("https://maps.office",)),
    ],
)
def test_pictures_come_from_there_and_nowhere_else(
    setting: str | None, hosts: tuple[str, ...]
) -> None:
    assert picture_sources(base_layers(setting)) == hosts


def test_labels_of_tianditu_are_asked_with_the_same_key() -> None:
    ground, names = base_layers("tianditu-img:abc1")
    assert ("LAYER=img&" in ground.url, "LAYER=cia&" in names.url) == (True, True)
    assert ground.url.endswith("tk=abc1")
    assert names.url.endswith("tk=abc1")
    assert ground.subdomains == "01234567"


@pytest.mark.parametrize(
    "setting",
    ["city.mbtiles", "tiles/{z}/{x}.png", "tianditu:", "file:///tiles/{z}/{x}/{y}.png", 'x"{z}'],
)
def test_what_cannot_be_drawn_is_refused(setting: str) -> None:
    with pytest.raises(SettingsError):
        base_layers(setting)
