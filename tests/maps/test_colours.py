"""The colours of the pages, measured: distinct for colour-blind eyes, text with contrast."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.maps.colours import (
    contrast,
    difference,
    lab,
    least_difference,
    linear,
    mixed,
    pick,
    variables,
)

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "jdzfire" / "maps" / "templates"
PAGE = variables((TEMPLATES / "page.css").read_text("utf-8"))
SEASON = variables((TEMPLATES / "season.css").read_text("utf-8"))
THEMES = ["night", "day"]

APART = 10.0
"""CIEDE2000 between colours that stand for different things; 1 is about the least that is seen
side by side, and dots lie apart from each other [K]."""
KINDS_APART = 8.0
"""Of the eight colours of satellites, each of which is named on a click as well [K]."""
TEXT = 4.5
"""WCAG 2.1, 1.4.3, text of usual size, level AA [V]."""
SIGN = 3.0
"""WCAG 2.1, 1.4.11, parts of a picture, level AA [V]."""

GROUPS = {
    "levels of urgency": ("level-1", "level-2", "level-3"),
    "kinds of explanation, teams": ("permitted", "heat-source", "outside-forest", "team"),
    "areas of registers": ("permit", "heat", "zone"),
    "time since the last observation": ("look-1", "look-2", "look-3", "look-4"),
    "ages of hotspots": ("spot-1", "spot-2", "spot-3", "spot-4"),
    "states of feeds and clocks": ("good", "warn", "bad"),
}
KINDS = tuple(f"kind-{k}" for k in range(1, 9))

TEXTS = [
    *((name, ground) for name in ("ink", "muted", "accent", "warn", "bad", "good")
      for ground in ("panel", "panel-2")),
    *((name, ground) for name in ("permitted", "heat-source", "outside-forest")
      for ground in ("panel", "panel-2")),
    *(("on-level", name) for name in ("level-1", "level-2", "level-3")),
    ("on-accent", "accent"), ("on-bad", "bad"), ("on-warn", "warn"),
    ("#ffffff", "grow"), ("#ffffff", "#6b3fd4"),
    *((name, ground) for name in ("ink", "zone-line") for ground in ("land", "ground")),
]  # fmt: skip
"""Text and what it stands on."""

SIGNS = [
    *((name, "sign-line") for name in ("level-1", "level-2", "level-3")),
    *((name, name) for name in ("permitted", "heat-source", "outside-forest", "closed")),
    *((name, name) for name in ("permit", "heat", "border", "accent", "zone-line")),
    ("team", "#ffffff"),
    *((f"spot-{k}", "spot-line") for k in (1, 2, 3, 4)),
]
"""Sign and its outline: one of them must stand out on the map."""


def test_differences_are_those_of_the_paper() -> None:
    # test pairs of Sharma, Wu and Dalal 2005, table 1
    for one, other, stated in (
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (50.0, 3.2592, 0.3350), 1.0000),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ):
        assert difference(np.array(one), np.array(other)) == pytest.approx(stated, abs=1e-4)
        assert difference(np.array(other), np.array(one)) == pytest.approx(stated, abs=1e-4)


def test_contrast_lab_and_eyes_by_hand() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    # #777777: 119 / 255 = 0.4667, linear 0.1845; 1.05 / 0.2345 = 4.48
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab("#ffffff") == pytest.approx([100.0, 0.0, 0.0], abs=0.01)
    assert linear("#ff0000").tolist() == [1.0, 0.0, 0.0]
    # a red and a green of the same light for eyes without green are one colour to them
    assert difference(lab("#c62a17"), lab("#7a6400")) > 30
    assert difference(lab("#a86400", "deuteranopia"), lab("#7b7b00", "deuteranopia")) < 6
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"
    for eye in ("protanopia", "deuteranopia"):  # greys stay grey
        assert np.abs(lab("#808080", eye)[1:]).max() < 0.01


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("group", GROUPS)
def test_what_stands_for_different_things_is_told_apart(theme: str, group: str) -> None:
    held = PAGE[theme]
    near = {
        (a, b): round(least_difference(held[a], held[b]), 1)
        for a, b in combinations(GROUPS[group], 2)
    }
    assert {pair: d for pair, d in near.items() if d < APART} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_the_season_map_tells_ages_and_satellites_apart(theme: str) -> None:
    held = SEASON[theme]
    for names, least in ((GROUPS["ages of hotspots"], APART), (KINDS, KINDS_APART)):
        for a, b in combinations(names, 2):
            assert least_difference(held[a], held[b]) >= least, (a, b)
        for name in names:
            assert contrast(held[name], held["land"]) >= SIGN, name
    for text in ("ink", "muted", "accent", "warn"):
        for ground in ("panel", "panel-2"):
            assert contrast(held[text], held[ground]) >= TEXT, (text, ground)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_stands_out(theme: str, text: str, ground: str) -> None:
    held = PAGE[theme]
    assert contrast(pick(held, text), pick(held, ground)) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("sign", "outline"), SIGNS)
def test_signs_stand_out_on_the_map(theme: str, sign: str, outline: str) -> None:
    held = PAGE[theme]
    for ground in (held["land"], held["ground"]):
        best = max(contrast(pick(held, name), ground) for name in (sign, outline))
        assert best >= SIGN, ground


@pytest.mark.parametrize("theme", THEMES)
def test_the_causes_stand_out_on_their_tinted_ground(theme: str) -> None:
    held = PAGE[theme]
    assert contrast(held["bad"], mixed(held["bad"], held["panel"], 0.14)) >= TEXT


def test_no_colour_of_a_text_is_fixed_where_its_ground_follows_the_theme() -> None:
    css = (TEMPLATES / "page.css").read_text("utf-8")
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    fixed = [
        selector.strip()
        for selector, body in rules
        if re.search(r"background: var\(--(bad|warn|accent)\)", body)
        and re.search(r"(?<![-\w])color: #", body)
    ]
    assert fixed == []


def test_the_documented_figures_are_the_measured_ones() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for group, names in GROUPS.items():
        least = [
            min(least_difference(PAGE[t][a], PAGE[t][b]) for a, b in combinations(names, 2))
            for t in THEMES
        ]
        assert f"| {group} | {least[0]:.1f} | {least[1]:.1f} |" in page
    least = [
        min(least_difference(SEASON[t][a], SEASON[t][b]) for a, b in combinations(KINDS, 2))
        for t in THEMES
    ]
    assert f"| satellites of the season map | {least[0]:.1f} | {least[1]:.1f} |" in page
