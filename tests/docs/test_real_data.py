"""Figures of docs/real-data.md, measured again where the real data are at hand."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.samples import SHARED

pytestmark = pytest.mark.real

DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURE: dict[str, Any] = runpy.run_path(str(DOCS / "measure_real_data.py"))


def measured(name: str, *files: str, **options: Any) -> Any:
    for file in files:
        if not (SHARED / MEASURE[file]).exists():
            pytest.skip(f"no {MEASURE[file]} in ../shared/data beside the repository")
    return MEASURE[name](SHARED, **options)


def page() -> str:
    return (DOCS / "real-data.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_proposals_beside_nasas_own_static_sources() -> None:
    stated = measured("measure_sources", "UKRAINE_SP", "UKRAINE_NRT")
    assert stated["same_with_types"]
    assert stated["hotspots"] == 10_056
    assert (stated["all_sites"], len(stated["sites"])) == (41, 33)
    assert (stated["proposed"], stated["right"], stated["found"]) == (41, 37, 30)
    # the four others have no hotspot of vegetation: they lie over water, at works on the bank
    assert stated["others"]["type_0"].tolist() == [0] * 4
    assert stated["others"]["type_3"].gt(20).all()
    assert stated["again_fires"] < 0.03 < stated["again_right"] / stated["right"]
    assert "| right (type 2) | 37 (90.2%) |" in page()
    assert "| sites of 6 dates found | 30 of 33 (90.9%) |" in page()


@pytest.mark.slow
def test_burns_explain_more_than_chance_does() -> None:
    stated = measured("measure_burns", "PFIRS", "CALIFORNIA", shuffles=15)
    assert (stated["impossible"], stated["burns"], stated["hotspots"]) == (24, 10_091, 517)
    levels = stated["levels"]
    ours = levels["ours", "burns of one month"]
    plain = levels["1 km, 24 h", "burns of one month"]
    county = levels["48 km, same day", "burns of one month"]
    assert (ours.observed, plain.observed, county.observed) == (35, 26, 110)
    assert ours.lift > plain.lift > county.lift > 1.0
    assert ours.observed > ours.shuffled.max()
    assert "| ours | 35 (6.8%) | burns of one month |" in page()


def test_published_matches_lie_in_our_local_days() -> None:
    stated = measured("measure_windows", "CALMAPPER")
    assert (stated["matches"], stated["inside"]) == (488, 488)


@pytest.mark.slow
def test_a_large_fire_is_one_event_with_the_id_of_its_first_pass() -> None:
    stated = measured("measure_creek", "CREEK", passes=25)
    assert stated["hotspots"] > 10_000
    assert stated["largest_keeps_first_id"]
    assert stated["same_at_once"]
    assert stated["renamed"] == 0
    assert stated["largest_share"] > 0.98
    assert "| hotspots in the largest | 39,463 (99.07%) |" in page()


def test_pixel_sizes_of_the_large_fire_are_those_of_viirs() -> None:
    rows = measured("read_creek", "CREEK")
    assert len(rows) == 39_835
    assert (round(rows["scan_km"].min(), 2), round(rows["scan_km"].max(), 2)) == (0.32, 0.80)
    assert (round(rows["track_km"].min(), 2), round(rows["track_km"].max(), 2)) == (0.36, 0.78)


def test_a_day_at_home_is_eight_events_in_one_county() -> None:
    stated = measured("measure_fuliang", "GLOBE", "SNAPSHOTS", "CITY")
    assert stated["counties"] == {"浮梁县": 17}
    assert stated["sizes"] == [5, 4, 2, 2, 1, 1, 1, 1]
    assert (stated["moved"], stated["seen"], stated["seen_moved"]) == (0, 16, 1)


def test_without_the_folder_the_page_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = page()
    monkeypatch.setattr(sys, "argv", ["make_real_data.py", str(tmp_path)])
    monkeypatch.syspath_prepend(str(DOCS))
    with pytest.raises(SystemExit, match="no real data"):
        runpy.run_path(str(DOCS / "make_real_data.py"), run_name="__main__")
    assert page() == before
