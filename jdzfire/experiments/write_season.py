"""A simulated season written to a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

from jdzfire import __version__
from jdzfire.errors import UsageError
from jdzfire.simulate import render_season, simulate_season
from jdzfire.store.atomic import write_atomic

MANIFEST = "manifest.json"


def write_season(
    folder: Path,
    *,
    year: int,
    seed: int,
    scale: Literal["city", "province"] = "city",
    sites_of: int | None = None,
    days: tuple[date, date] | None = None,
    progress: Callable[[], object] = lambda: None,
) -> int:
    """Simulate a season and write it; the manifest goes last, so that a torn folder shows.

    A folder that holds the same season of the same version already is left as it is.

    Parameters
    ----------
    folder : Path
        New or empty, or a torn or whole folder of the same season.
    year, seed : int
    scale : "city" or "province"
    sites_of : int, optional
    days : (first, last), optional
        See :func:`jdzfire.simulate.simulate_season`.
    progress : callable
        Called after each file.

    Returns
    -------
    int
        Files in the folder.

    Raises
    ------
    UsageError
        The folder holds something else.
    """
    wanted: dict[str, object] = {"year": year, "seed": seed, "scale": scale, "version": __version__}
    wanted |= {} if sites_of in (None, year) else {"sites_of": sites_of}
    wanted |= {} if days is None else {"days": [day.isoformat() for day in days]}
    marker = folder / ".season.json"
    if (folder / MANIFEST).exists() and _read(marker) == wanted:
        return sum(1 for path in folder.rglob("*") if path.is_file() and path != marker)
    if folder.exists() and any(folder.iterdir()) and _read(marker) != wanted:
        raise UsageError(
            f"{folder} is not empty",
            expected="a new or empty folder, or one with the same season",
            found=f"{len(list(folder.iterdir()))} entries",
            remedy="choose another folder, or empty it",
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(marker, json.dumps(wanted).encode())
    count, last = 0, b""
    for name, data in render_season(
        simulate_season(year=year, seed=seed, scale=scale, sites_of=sites_of, days=days)
    ):
        if name == MANIFEST:
            last = data
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
        count += 1
        progress()
    write_atomic(folder / MANIFEST, last)
    return count + 1


def _read(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
