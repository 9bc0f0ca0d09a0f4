from __future__ import annotations

import numpy as np
import pytest
import shapely

from jdzfire.schemas import ADMIN, validate
from jdzfire.simulate.places import build_region


@pytest.mark.parametrize(("scale", "counties", "cities"), [("city", 4, 1), ("province", 100, 11)])
def test_townships_tile_the_region(scale: str, counties: int, cities: int) -> None:
    region = build_region(scale, 1)
    admin = validate(region.admin, ADMIN)
    assert (admin["level"] == "county").sum() == counties
    assert (admin["level"] == "city").sum() == cities
    shapes = region.townships.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    # no gap and no overlap: the parts' areas add up to the whole's
    assert shapely.area(shapes).sum() == pytest.approx(region.outline.area, rel=1e-6)
    assert set(admin["parent_id"].dropna()) - set(admin["admin_id"]) <= {"360000"}


def test_the_city_has_its_real_names_and_about_its_real_size() -> None:
    region = build_region("city", 1)
    counties = region.admin[region.admin["level"] == "county"].to_crs("EPSG:4548")
    km2 = dict(zip(counties["name"], counties.area / 1e6, strict=True))
    # published: 浮梁县 2,851, 乐平市 1,980, city 5,256 km2; the sketch may be a tenth off
    assert km2["浮梁县"] == pytest.approx(2851, rel=0.1)
    assert km2["乐平市"] == pytest.approx(1980, rel=0.1)
    assert sum(km2.values()) == pytest.approx(5256, rel=0.1)
    assert set(km2) == {"昌江区", "珠山区", "浮梁县", "乐平市"}
    names = set(region.townships["name"])
    assert {"瑶里镇", "鹅湖镇", "竟成镇", "鲇鱼山镇", "众埠镇", "鸬鹚乡"} <= names


def test_every_seat_lies_in_its_township() -> None:
    region = build_region("city", 1)
    towns = region.townships
    seats = shapely.points(towns["lon"].to_numpy(), towns["lat"].to_numpy())
    assert np.asarray(shapely.contains(towns.geometry.to_numpy(), seats)).all()


def test_boundaries_say_that_they_are_schematic() -> None:
    assert build_region("city", 1).admin["remark"].str.contains("schematic").all()
