"""A season's numbers, maps and notebooks, kept in a folder of the season."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jdzfire.errors import UsageError
from jdzfire.queries.plan import map_season
from jdzfire.queries.season import report_year
from jdzfire.store.atomic import write_atomic
from jdzfire.workspace import Workspace

FOLDER = "seasons"
"""Folder of the working folder, with one of each year."""

_CELL_S = 1800


def write_season_folder(
    workspace: Workspace,
    year: int,
    *,
    at: datetime,
    lang: str | None = None,
    notebooks: Sequence[Path] = (),
) -> list[Path]:
    """The report and the season map of a year, and notebooks executed on the workspace.

    Parameters
    ----------
    workspace : Workspace
    year : int
        Calendar year in Beijing.
    at : datetime
        Later hotspots are left out.
    lang : str, optional
    notebooks : sequence of Path
        Run with ``JDZFIRE_HOME`` set to the folder; they need the extra ``notebooks``.

    Returns
    -------
    list of Path
        What was written, in ``seasons/YEAR``.
    """
    folder = workspace.home.root / FOLDER / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    report, speech = report_year(workspace, year), lang or workspace.settings.lang
    text = report.text_zh if speech == "zh" else report.text_en
    document = json.dumps(report.document(), ensure_ascii=False, indent=1, default=str)
    files = {
        "report.txt": text.encode() + b"\n",
        "report.json": document.encode() + b"\n",
        "map.html": map_season(workspace, year, at=at, lang=lang)[0],
        "map-public.html": map_season(workspace, year, at=at, edition="public", lang=lang)[0],
    }
    for path in notebooks:
        files[path.name] = _executed(path, workspace.home.root)
    for name, data in files.items():
        write_atomic(folder / name, data)
    return [folder / name for name in files]


def _executed(path: Path, home: Path) -> bytes:
    """A notebook with its results."""
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError as error:
        raise UsageError(
            "notebooks cannot be run here",
            expected="the extra notebooks",
            found=str(error),
            remedy="pip install 'jdzfire[notebooks]', or leave the notebooks out",
        ) from error
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, timeout=_CELL_S, resources={"metadata": {"path": str(home)}})
    client.execute(env={**os.environ, "JDZFIRE_HOME": str(home)})
    return str(nbformat.writes(notebook)).encode()  # type: ignore[no-untyped-call]
