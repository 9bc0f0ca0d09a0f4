"""The registered grids are read once for each version of their file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jdzfire.pipeline.register import register_files
from jdzfire.queries import grids
from jdzfire.workspace import open_workspace
from tests.weather.grids import weather_days
from tests.workspaces import AT, write_grids


def test_a_grid_is_read_again_only_when_its_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = grids.read_grid

    def counted(kind: str, raw: bytes, *, source_name: str) -> object:
        read.append(kind)
        return real(kind, raw, source_name=source_name)

    monkeypatch.setattr(grids, "read_grid", counted)
    paths = write_grids(tmp_path)
    home = tmp_path / "home"
    with open_workspace(home, writing=True) as workspace:
        assert grids.load_elevation(workspace) is None
        register_files(workspace, "dem", [paths["dem"]], at=AT)
    for _ in range(3):  # each step of a cycle opens the workspace again
        with open_workspace(home) as workspace:
            first = grids.load_elevation(workspace)
    assert read == ["dem"]
    other = tmp_path / "higher.tif"
    raise_heights(paths["dem"], other)
    with open_workspace(home, writing=True) as workspace:
        register_files(workspace, "dem", [other], at=AT)
        second = grids.load_elevation(workspace)
    assert read == ["dem", "dem"]
    assert first is not None
    assert second is not None
    assert np.allclose(second.to_numpy(), first.to_numpy() + 100.0)


def raise_heights(source: Path, target: Path) -> None:
    import rasterio

    with rasterio.open(source) as old:
        profile, heights = old.profile, old.read()
    with rasterio.open(target, "w", **profile) as new:
        new.write((heights + 100).astype(profile["dtype"]))


@pytest.fixture
def computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A workspace ``home`` with weather; grows by one with each time danger is computed."""
    found: list[int] = []
    real = grids.danger_of_days

    def counted(weather: xr.Dataset) -> xr.Dataset:
        found.append(weather.sizes["time"])
        return real(weather)

    monkeypatch.setattr(grids, "danger_of_days", counted)
    register_weather(tmp_path, "2024-03-01", days=4)
    return found


def register_weather(folder: Path, start: str, *, days: int) -> None:
    path = folder / f"{start}.nc"
    weather_days(start, days).to_netcdf(path, engine="scipy")
    with open_workspace(folder / "home", writing=True) as workspace:
        register_files(workspace, "weather", [path], at=AT)


def new_process(folder: Path) -> xr.Dataset:
    """The danger as another process loads it."""
    grids._read_danger.cache_clear()
    with open_workspace(folder / "home") as workspace:
        danger = grids.load_danger(workspace)
    assert danger is not None
    return danger


def test_danger_is_computed_once_for_each_weather(tmp_path: Path, computed: list[int]) -> None:
    first, second = new_process(tmp_path), new_process(tmp_path)
    assert computed == [4]
    xr.testing.assert_identical(first, second)
    assert first["fwi"].notnull().any()
    register_weather(tmp_path, "2024-03-05", days=3)
    assert new_process(tmp_path).sizes["time"] == 7
    assert computed == [4, 7]
    assert len(list((tmp_path / "home" / "derived").iterdir())) == 1


def test_damaged_danger_is_computed_again(tmp_path: Path, computed: list[int]) -> None:
    first = new_process(tmp_path)
    (kept,) = (tmp_path / "home" / "derived").iterdir()
    whole = kept.read_bytes()
    for damaged in (whole[:-9], whole[:900] + b"\xff" + whole[901:], b""):
        kept.write_bytes(damaged)
        xr.testing.assert_identical(new_process(tmp_path), first)
        assert kept.read_bytes() == whole
    assert computed == [4, 4, 4, 4]


def test_danger_that_cannot_be_kept_is_still_there(
    tmp_path: Path, computed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / "derived").write_bytes(b"no folder")
    assert new_process(tmp_path).sizes["time"] == 4
    assert new_process(tmp_path).sizes["time"] == 4
    assert computed == [4, 4]
