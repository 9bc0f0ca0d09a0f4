"""Scenes of a STAC catalogue, from items that point to local files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from shapely.geometry import box, mapping

pytest.importorskip("odc.stac", reason="the extra scars is not installed")
pytest.importorskip("pystac_client", reason="the extra scars is not installed")

import pystac

from jdzfire.feeds import scenes
from jdzfire.scars.burned_area import burn_ratio, burned_area
from jdzfire.simulate.scenes import draw_scar, render_scene
from tests.scars.test_burned_area import BOUNDS, X, Y, around, degrees

NAMES = {"B8A": "nir08", "B12": "swir22", "SCL": "scl"}


def item_of(folder: Path, day: date, scars, cloud_cover: float) -> pystac.Item:
    folder.mkdir(exist_ok=True)
    item = pystac.Item(
        id=f"S2_{day:%Y%m%d}",
        geometry=mapping(degrees(box(*BOUNDS))),
        bbox=list(degrees(box(*BOUNDS)).bounds),
        datetime=datetime(day.year, day.month, day.day, 3, tzinfo=UTC),
        properties={"eo:cloud_cover": cloud_cover, "proj:epsg": 32650},
        stac_extensions=[
            "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
            "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
        ],
    )
    side = round((BOUNDS[2] - BOUNDS[0]) / 20)
    for name, data in render_scene(day, BOUNDS, 32650, scars=scars, seed=4):
        path = folder / name
        path.write_bytes(data)
        band = next(b for b in NAMES if f"_{b}_" in name)
        about = {
            "proj:shape": [side, side],
            "proj:transform": [20, 0, BOUNDS[0], 0, -20, BOUNDS[3]],
        }
        if band != "SCL":
            about["raster:bands"] = [{"scale": 1e-4, "offset": -0.1, "data_type": "uint16"}]
        item.add_asset(NAMES[band], pystac.Asset(path.as_posix(), extra_fields=about))
    return item


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # odc-geo calls shapely so
def test_the_clearest_scenes_of_a_span(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scar = draw_scar(X, Y, 25, seed=4)
    days = (date(2024, 3, 1), date(2024, 3, 6), date(2024, 3, 11))
    items = [
        item_of(tmp_path / f"{d}", d, [], cover) for d, cover in zip(days, (50, 5, 10), strict=True)
    ]
    later = [item_of(tmp_path / "after", date(2024, 4, 20), [scar], 1.0)]
    asked: list[dict[str, object]] = []

    def search(**how: object) -> SimpleNamespace:
        asked.append(how)
        return SimpleNamespace(
            items=lambda: iter(items if "2024-03" in str(how["datetime"]) else later)
        )

    import pystac_client

    monkeypatch.setattr(
        pystac_client.Client, "open", staticmethod(lambda address: SimpleNamespace(search=search))
    )
    place = around(scar)
    before = scenes.stac_scenes(
        "https://c.example", place, date(2024, 3, 1), date(2024, 3, 31), most=2
    )
    after = scenes.stac_scenes("https://c.example", place, date(2024, 4, 10), date(2024, 4, 30))
    assert [scene.attrs["day"] for scene in before] == ["2024-03-06", "2024-03-11"]  # the clearest
    assert asked[0]["bbox"] == place
    ratio = float(burn_ratio(before[0]).median())
    assert ratio == pytest.approx((0.32 - 0.09) / (0.32 + 0.09), abs=0.03)
    found = burned_area(before, after, degrees(scar.buffer(200)))
    assert found.burned_ha == pytest.approx(25, rel=0.05)
    monkeypatch.setattr(
        pystac_client.Client, "open",
        staticmethod(lambda address: SimpleNamespace(
            search=lambda **how: SimpleNamespace(items=lambda: iter([]))
        )),
    )  # fmt: skip
    assert scenes.stac_scenes("https://c.example", place, date(2024, 1, 1), date(2024, 1, 2)) == []
    assert np.isfinite(found.offset)
