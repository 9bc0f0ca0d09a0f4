"""The notebooks, run top to bottom on one month of a simulated season."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Run a notebook in a fresh kernel and give its code cells."""
    from nbclient import NotebookClient

    monkeypatch.setenv("JDZFIRE_HOME", str(home))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(notebook, timeout=180, kernel_name="python3", ipython_hist_file="")
    client.execute(cwd=str(home))
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cells: list[Any]) -> str:
    outputs = [output for cell in cells for output in cell.outputs]
    streams = [output.text for output in outputs if output.output_type == "stream"]
    shown = [output.get("data", {}).get("text/plain", "") for output in outputs]
    return "\n".join(streams + shown)


def pictures(cells: list[Any]) -> int:
    outputs = [output for cell in cells for output in cell.outputs]
    return sum("image/png" in output.get("data", {}) for output in outputs)


# the kernel's own libraries warn when they start; what the notebook does is seen in its output
quiet = pytest.mark.filterwarnings("ignore")


@pytest.mark.slow
@quiet
def test_first_look(month_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = run("01_first_look.ipynb", month_home, monkeypatch)
    stated = texts(cells)
    assert "verdict.unresolved" in stated
    assert "road_and_foot" in stated
    assert "danger_grade" in stated
    assert "slope_deg" in stated
    assert "Warning" not in stated
    assert pictures(cells) == 3  # by day, the map, the danger of a day


@pytest.mark.slow
@quiet
def test_season(month_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = run("02_season.ipynb", month_home, monkeypatch)
    stated = texts(cells)
    assert "2024年，景德镇市共调度处置火情、热点0起，报备炼山" in stated  # answered, nobody sent
    assert "可到达全部林地的" in stated
    assert "no replay.json" in stated
    assert "Warning" not in stated
    assert pictures(cells) == 4  # three figures of the season and the curve of coverage


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_saved_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.slow
@quiet
def test_reach_and_siting(month_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = run("03_reach_and_siting.ipynb", month_home, monkeypatch)
    stated = texts(cells)
    assert "road_and_foot" in stated
    assert "within_30" in stated
    assert "walk_min" in stated
    assert "past fires" in stated
    assert "Warning" not in stated
    assert pictures(cells) == 2  # the cube, the curve
