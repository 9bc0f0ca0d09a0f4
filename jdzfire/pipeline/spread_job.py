"""What every part of a spread run knows, and what the parts leave for each other.

All goes through one folder that the workers reach, as an address fsspec knows.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import fsspec
import pandas as pd
import shapely

from jdzfire.pipeline.judge import load_context
from jdzfire.queries.watched import MARGIN_DEG
from jdzfire.store.home import Home, open_home
from jdzfire.store.shared_archive import pull_archive, push_archive
from jdzfire.triage.context import TriageContext
from jdzfire.triage.rules import Rules
from jdzfire.workspace import Workspace, open_workspace, watched_area

Bbox = tuple[float, float, float, float]
"""West, south, east, north [degree]."""


@dataclass(frozen=True)
class Job:
    """What every part needs to know."""

    root: str
    """Working folder; "" when the workers read a shared archive."""
    archive: str
    """Address of the shared archive, as fsspec knows it; "" when they see the working folder."""
    scratch: str
    """Folder for what the parts tell each other, a path or an address."""
    rules: Rules
    """Thresholds."""
    bbox: Bbox
    """Of all that is looked at [degree]."""
    area: bytes
    """Watched area, WKB [EPSG:4326]."""
    tile_deg: float
    """Side of a tile [degree]."""
    at: datetime
    """Now."""
    number: str
    """Of this run: nothing a process remembers of one run is taken for another's."""


def begin_job(workspace: Workspace, at: datetime, tile_deg: float, share: str) -> Job:
    """A job with an empty folder for its parts; the archive is pushed to a share."""
    area = watched_area(workspace)
    west, south, east, north = (float(v) for v in shapely.bounds(area))
    archive = f"{share.rstrip('/')}/archive" if share else ""
    scratch = f"{share.rstrip('/')}/spread" if share else str(workspace.home.derived_dir / "spread")
    if share:
        push_archive(workspace.home, archive)
    clear_job(scratch)
    files, top = fsspec.url_to_fs(scratch)
    files.makedirs(top, exist_ok=True)
    return Job(
        root="" if share else str(workspace.home.root),
        archive=archive,
        scratch=scratch,
        rules=workspace.settings.rules,
        bbox=(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG),
        area=bytes(shapely.to_wkb(area)),
        tile_deg=tile_deg,
        at=at,
        number=uuid4().hex,
    )


def clear_job(scratch: str) -> None:
    """Remove what the parts left."""
    files, top = fsspec.url_to_fs(scratch)
    if files.exists(top):
        files.rm(top, recursive=True)


def leave(job: Job, name: str, data: bytes) -> None:
    """Leave bytes for the other parts."""
    files, top = fsspec.url_to_fs(job.scratch)
    files.pipe_file(f"{top}/{name}", data)


def leave_table(job: Job, name: str, table: pd.DataFrame) -> None:
    """Leave a table for the other parts."""
    target = io.BytesIO()
    table.to_parquet(target)
    leave(job, name, target.getvalue())


def left(job: Job, name: str) -> io.BytesIO:
    """Bytes that a part left."""
    files, top = fsspec.url_to_fs(job.scratch)
    return io.BytesIO(files.cat_file(f"{top}/{name}"))


def names_left(job: Job, pattern: str) -> list[str]:
    """Names of what was left that fit a pattern, sorted."""
    files, top = fsspec.url_to_fs(job.scratch)
    return sorted(path.rpartition("/")[2] for path in files.glob(f"{top}/{pattern}"))


_copies: dict[str, tempfile.TemporaryDirectory[str]] = {}


def home_of(job: Job) -> Home:
    """The folder a worker reads: the working folder, or a copy of the archive of its own."""
    if not job.archive:
        return open_home(job.root)
    if job.archive not in _copies:
        folder = tempfile.TemporaryDirectory(prefix="jdzfire-archive-")
        pull_archive(job.archive, Path(folder.name))
        _copies[job.archive] = folder
    return open_home(_copies[job.archive].name)


@lru_cache(maxsize=1)
def _context(root: str) -> TriageContext:
    """The registers of a folder; a worker makes them ready once."""
    with open_workspace(root) as workspace:
        return load_context(workspace)


def context_of(job: Job) -> TriageContext:
    """The registers the parts are judged with."""
    return _context(str(home_of(job).root))
