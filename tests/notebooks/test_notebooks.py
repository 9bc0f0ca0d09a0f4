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
    monkeypatch.setenv("SEASON_YEAR", "2024")
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

SAID = {
    "01_first_look": (2, ["verdict.unresolved", "road_and_foot", "danger_grade", "slope_deg"]),
    # answered, nobody sent
    "02_season": (7, ["2024年，景德镇市共调度处置火情、热点0起，报备炼山", "years are too few"]),
    "03_reach_and_siting": (2, ["road_and_foot", "within_30", "walk_min", "past fires"]),
    "04_verdicts": (1, ["0 of", "fires_wrongly_silenced: 0", "shown_a_day"]),
    "05_heat_sources": (1, ["历尧焦化厂", "night_share"]),
    "06_weather_and_permits": (4, ["50%", "danger_grade", "advice"]),
    "07_burn_scars": (1, ["过火面积", "burned_mu"]),
    "08_province_on_dask": (1, ["million cell-days", "dask.array"]),
}
"""Figures of each notebook, and words that its outputs hold."""


@pytest.mark.slow
@quiet
@pytest.mark.parametrize("name", sorted(SAID))
def test_notebook_runs_on_a_month(
    name: str, month_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = run(f"{name}.ipynb", month_home, monkeypatch)
    count, words = SAID[name]
    stated = texts(cells)
    for word in words:
        assert word in stated, word
    assert "Warning" not in stated
    assert "WARNING" not in stated
    assert pictures(cells) == count
    pages = [o.get("data", {}).get("text/html", "") for cell in cells for o in cell.outputs]
    assert any("<iframe srcdoc=" in page for page in pages) == (name == "01_first_look")


def test_every_notebook_is_run() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(SAID)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_saved_without_outputs_and_in_two_languages(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        else:
            assert any("\u4e00" <= sign <= "\u9fff" for sign in cell.source)
            assert cell.metadata["en"].isascii()


@pytest.mark.slow
@quiet
def test_a_notebook_becomes_a_page_in_english(
    month_copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from typer.testing import CliRunner

    from jdzfire.cli.app import app

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    words = ["season", "notebook", "--year", "2024", "--lang", "en", "--home", str(month_copy)]
    result = CliRunner().invoke(app, [*words, str(NOTEBOOKS / "05_heat_sources.ipynb")])
    assert result.exit_code == 0, result.output
    page = month_copy / "seasons" / "2024" / "05_heat_sources.html"
    assert "Fixed heat sources" in page.read_text(encoding="utf-8")
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(broken, tmp_path / "broken.ipynb")
    failed = CliRunner().invoke(app, [*words, str(tmp_path / "broken.ipynb")])
    assert "ended in a cell" in str(failed.exception)
    assert "ZeroDivisionError" in str(failed.exception)
