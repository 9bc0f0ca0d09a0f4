"""What a command imports: a duty room waits for it every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *(
        "prefect",
        "xclim",
        "dask",
        "matplotlib",
        "folium",
        "spopt",
        "highspy",
        "rasterio",
        "pyogrio",
    ),
    *("scipy", "xarray", "pandera", "openpyxl", "docx", "lxml", "h5py", "httpx", "fastapi"),
)
CODE = """
import json, sys
from typer.testing import CliRunner
from jdzfire.cli.app import app
done = CliRunner().invoke(app, sys.argv[1:])
print(json.dumps([done.exit_code, sorted(sys.modules)]))
"""


def imported(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words], capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout)
    assert code in (0, 4), done.stderr
    return {name.partition(".")[0] for name in modules}


def test_help_imports_no_table():
    assert imported("--help") & {*HEAVY, "pandas", "numpy", "sqlalchemy"} == set()


@pytest.mark.parametrize("words", [("event", "list"), ("case", "list")])
def test_a_list_imports_nothing_that_draws_reads_or_judges(tmp_path: Path, words):
    home = str(tmp_path / "home")
    assert imported("--home", home, *words) & set(HEAVY) == set()


@pytest.mark.slow
def test_a_watch_with_nothing_new_neither_draws_nor_judges(tmp_path: Path):
    home = str(tmp_path / "home")
    watch = ("--home", home, "watch", "--once", "--now")
    assert imported(*watch, "2024-04-04T08:05Z") & {"folium", "matplotlib"}
    heavy = imported(*watch, "2024-04-04T08:15Z") & set(HEAVY)
    assert heavy == set()
