"""jdzfire.open: the tables of a home in one line, and nothing written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import jdzfire
from jdzfire.errors import NotFound, UsageError
from jdzfire.maps.notebook_map import map_events


def digest(folder: Path) -> str:
    held = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "derived" not in p.parts):
        held.update(path.name.encode() + path.read_bytes())
    return held.hexdigest()


def test_a_small_home_without_weather(home: Path) -> None:
    before = digest(home)
    opened = jdzfire.open(home)
    assert repr(opened) == f"jdzfire.open({str(home)!r})"
    assert opened.years() == [2024]
    assert isinstance(opened.events, gpd.GeoDataFrame)
    assert opened.events["verdict"].tolist() == ["unresolved"]
    assert opened.told["is_fire"].tolist() == [False]
    assert opened.danger is None
    assert opened.weather is None
    assert opened.danger_days.empty
    assert len(opened.in_year(2024)) == 1
    assert opened.in_year(2023).empty
    assert len(opened.in_year(2023, "season")) == 1  # April 2024 is of the season 2023/24
    assert opened.burns(pd.Timestamp("2024-04-04").date(), pd.Timestamp("2024-04-05").date()).empty
    assert opened.forbidden_burns(2024).empty
    assert opened.repeats().empty
    assert opened.trend().reason
    assert opened.explain(opened.events["event_id"].iloc[0])["verdict"]["verdict"] == "unresolved"
    assert digest(home) == before
    with pytest.raises(UsageError, match="no such register"):
        opened.register("volcanoes")


def test_no_home_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is no home"):
        jdzfire.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.slow
def test_a_month_of_the_season(month_home: Path) -> None:
    opened = jdzfire.open(month_home)
    assert opened.danger is not None
    assert set(opened.danger_days["township"]) == set(opened.townships["name"])
    assert len(opened.danger_days) == len(opened.townships) * opened.danger.sizes["time"]
    by_year = opened.by_year().set_index("measure")["count"]
    assert by_year["cases"] == len(opened.told)
    assert by_year["permits"] == opened.report(2024).permit_count
    assert opened.scorecard(2024)["measure"].nunique() == 3
    assert opened.forest["forest_ha"].sum() > 100_000
    assert set(opened.times(2024)["step"]) == {"dispatch", "arrival", "answer", "closed"}


def test_the_map_of_a_notebook_is_whole_and_sets_names_as_text(home: Path) -> None:
    opened = jdzfire.open(home)
    events = opened.events.assign(place="<img src=x onerror=alert(1)>")
    page = map_events(events, opened.admin).page
    assert "onerror=alert(1)>" not in page
    assert "&lt;img" in page
    shown = opened.map()._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert "</iframe>" in shown
    empty = map_events(events.head(0), opened.admin, lang="en").page
    assert "unresolved" in empty
