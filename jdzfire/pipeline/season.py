"""A season's numbers, report, maps and notebooks, kept in a folder of the season."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jdzfire.errors import UsageError
from jdzfire.queries.annual import annual_report
from jdzfire.queries.opened import OpenedHome
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
    """The numbers, the annual report and the season map of a year, and notebooks executed on it.

    Parameters
    ----------
    workspace : Workspace
    year : int
        Calendar year in Beijing.
    at : datetime
        Later hotspots are left out.
    lang : str, optional
    notebooks : sequence of Path
        Run by :func:`run_notebook`.

    Returns
    -------
    list of Path
        What was written, in ``seasons/YEAR``. A year in which nothing was seen has no annual
        report.
    """
    folder = season_folder(workspace.home.root, year)
    report, speech = report_year(workspace, year), lang or workspace.settings.lang
    text = report.text_zh if speech == "zh" else report.text_en
    document = json.dumps(report.document(), ensure_ascii=False, indent=1, default=str)
    files = {
        "report.txt": text.encode() + b"\n",
        "report.json": document.encode() + b"\n",
        "map.html": map_season(workspace, year, at=at, lang=lang)[0],
        "map-public.html": map_season(workspace, year, at=at, edition="public", lang=lang)[0],
    }
    home = OpenedHome(workspace.home.root)
    if year in home.years():
        files["annual.html"] = annual_report(home, year, at=at, lang=speech)
        files["annual.docx"] = annual_report(home, year, at=at, lang=speech, form="docx")
    for path in notebooks:
        files |= run_notebook(path, workspace.home.root, year=year, lang=speech)
    for name, data in files.items():
        write_atomic(folder / name, data)
    return [folder / name for name in files]


def season_folder(root: Path, year: int) -> Path:
    """The folder of a year, made if it is not there."""
    folder = root / FOLDER / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run_notebook(path: Path, root: Path, *, year: int, lang: str) -> dict[str, bytes]:
    """A notebook run on a home: the notebook with its results, and the page made of it.

    Parameters
    ----------
    path : Path
    root : Path
        The home; the notebook finds it in ``JDZFIRE_HOME``, the year in ``SEASON_YEAR`` and the
        language in ``JDZFIRE_LANG``.
    year : int
    lang : str
        With ``en`` cells of text are replaced by the English that their metadata hold.

    Returns
    -------
    dict
        Name of the file → bytes: ``NAME.ipynb`` and ``NAME.html``.

    Raises
    ------
    UsageError
        The extra ``notebooks`` is not installed, or a cell failed.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
        from nbconvert import HTMLExporter
    except ImportError as error:
        raise UsageError(
            "notebooks cannot be run here",
            expected="the extra notebooks",
            found=str(error),
            remedy="pip install 'jdzfire[notebooks]', or leave the notebooks out",
        ) from error
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if lang == "en" and "en" in cell.metadata:  # the text in English goes with each cell
            cell.source = cell.metadata["en"]
    client = NotebookClient(notebook, timeout=_CELL_S, resources={"metadata": {"path": str(root)}})
    told = {"JDZFIRE_HOME": str(root.absolute()), "SEASON_YEAR": str(year), "JDZFIRE_LANG": lang}
    try:
        client.execute(env={**os.environ, **told})
    except CellExecutionError as error:
        raise UsageError(
            f"the notebook {path.name} ended in a cell",
            found=str(error).strip().splitlines()[-1][:200],
            remedy="open it in Jupyter and run it there",
        ) from error
    page, _ = HTMLExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    text = str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]
    return {path.name: text.encode(), f"{path.stem}.html": page.encode()}
