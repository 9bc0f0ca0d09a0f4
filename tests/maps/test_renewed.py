"""What a cycle without news brings up to date, and the shells pages are made from."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from datetime import timedelta

import pandas as pd
import pytest

from jdzfire.maps import shells
from jdzfire.maps.map_page import draw_map
from jdzfire.maps.renewed import renew_page, renewed_part

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def later(board, minutes):
    """The board of some minutes later, with a hostile fault of a feed."""
    feeds = board.feeds.assign(detail="</script><script>alert(1)</script> https://evil.example/x")
    now = pd.Timestamp(board.now).to_pydatetime() + timedelta(minutes=minutes)
    return dataclasses.replace(board, now=now, feeds=feeds)


def test_a_renewed_page_differs_in_that_part_alone(board):
    page = draw_map(board).encode()
    part = renewed_part(later(board, 10))
    renewed = renew_page(page, part)
    before, after = (text.split(b'id="renewed">') for text in (page, renewed))
    assert before[0] == after[0]
    assert before[1].split(b"</script>", 1)[1] == after[1].split(b"</script>", 1)[1]
    held = json.loads(after[1].split(b"</script>", 1)[0])
    assert held == json.loads(json.dumps(part))
    assert b"<script>alert" not in renewed
    assert renew_page(renewed, renewed_part(board)) == page


def test_a_renewed_part_is_the_one_that_would_be_drawn(board):
    """What is drawn later and what is renewed then say the same of feeds and observations."""
    then = later(board, 25)
    drawn = draw_map(then).encode()
    renewed = renew_page(draw_map(board).encode(), renewed_part(then))
    parts = [text.split(b'id="renewed">')[1].split(b"</script>")[0] for text in (drawn, renewed)]
    assert parts[0] == parts[1]


def test_a_page_without_the_part_is_refused(board):
    with pytest.raises(ValueError, match="0 parts"):
        renew_page(b"<html></html>", renewed_part(board))


def test_a_remembered_shell_gives_the_same_page(board, monkeypatch):
    monkeypatch.setattr(shells, "_shells", type(shells._shells)())
    monkeypatch.setattr(shells, "_grounds", type(shells._grounds)())
    fresh = draw_map(board)
    kept = shells.known_shells()
    shells._shells.clear()
    shells._grounds.clear()
    shells.learn_shells(kept)
    monkeypatch.setattr(shells, "_shade", None)  # nothing is drawn again
    assert draw_map(board) == fresh


def test_another_language_ground_or_base_map_is_another_shell(board, monkeypatch):
    monkeypatch.setattr(shells, "_shells", type(shells._shells)())
    pages = {
        draw_map(board),
        draw_map(board, lang="en"),
        draw_map(board, tile_url="osm"),
        draw_map(dataclasses.replace(board, dem=None)),
        draw_map(dataclasses.replace(board, city="乐平市")),
    }
    assert len(pages) == 5
    assert len(shells._shells) == shells._MOST  # no more are remembered


def test_drawing_imports_no_folium_before_a_shell_is_drawn():
    code = (
        "import sys, jdzfire.pipeline.draw, jdzfire.pipeline.cycle; "
        "heavy = {'folium', 'matplotlib', 'xclim', 'prefect', 'spopt', 'dask'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
