"""The registered grids are read once for each version of their file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jdzfire.pipeline.register import register_files
from jdzfire.queries import grids
from jdzfire.workspace import open_workspace
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
