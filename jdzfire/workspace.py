"""The working folder, its ledger and its settings, opened together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from jdzfire.errors import SettingsError
from jdzfire.feeds.reader_process import ReaderProcess
from jdzfire.feeds.reading import Feed
from jdzfire.feeds.registry import FEEDS, feeds_of_mappings
from jdzfire.settings import Settings, load_settings
from jdzfire.store.home import Home, lock_home, open_home
from jdzfire.store.kept import check_kept
from jdzfire.store.ledger import Ledger, open_ledger
from jdzfire.store.registers import load_register

ReadFile = Callable[..., Any]
"""Reads a file from outside: its action, the bytes, and what reading it needs."""


@dataclass(frozen=True)
class Workspace:
    """What every stage needs at hand."""

    home: Home
    """The working folder."""
    ledger: Ledger
    """Events, verdicts, cases, inputs, feeds."""
    settings: Settings
    """As the operator set them."""

    @cached_property
    def mappings(self) -> Mapping[str, str]:
        """The office's own table mappings, ``mappings/NAME.toml`` of the folder: name -> text."""
        found = {}
        for path in sorted((self.home.root / "mappings").glob("*.toml")):
            try:
                found[path.stem] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f"mapping {path.name} cannot be read",
                    expected="TOML text in UTF-8",
                    found=type(error).__name__,
                    remedy="save it as UTF-8, or take it out of the folder mappings",
                ) from error
        return found

    @cached_property
    def feeds(self) -> Mapping[str, Feed]:
        """Every feed this workspace can read: the shipped ones and its own mappings."""
        return {**FEEDS, **feeds_of_mappings(self.mappings)}

    @cached_property
    def reader(self) -> ReaderProcess:
        """The process that reads files which are no plain text; begun with the first of them."""
        settings = self.settings
        return ReaderProcess(memory_mb=settings.read_memory_mb, seconds=settings.read_seconds)

    def close(self) -> None:
        """End the reader process, if there is one."""
        if "reader" in self.__dict__:
            self.reader.close()

    def inbox_files(self) -> list[Path]:
        """Hotspot files put into the folder's inbox by other programmes, by name."""
        return sorted(p for p in (self.home.root / "inbox").glob("**/*") if p.is_file())


@contextmanager
def open_workspace(root: Path | str | None = None, *, writing: bool = False) -> Iterator[Workspace]:
    """Open a working folder; with ``writing``, wait until no other process writes it.

    Parameters
    ----------
    root : path, optional
        Default: see :func:`jdzfire.settings.load_settings`.
    writing : bool
        Hold the folder's lock until the end.

    Raises
    ------
    SettingsError, StoreError
        The settings or the folder cannot be used.
    DamagedStore
        Something the workspace keeps is missing or damaged: it must not look like a calm day.
    """
    settings = load_settings(root)
    home = open_home(settings.home)
    url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    with lock_home(home) if writing else nullcontext(), _ledger(home, url) as ledger:
        check_kept(home)
        with closing(Workspace(home, ledger, settings)) as workspace:
            yield workspace


@contextmanager
def open_damaged(root: Path | str | None = None) -> Iterator[Workspace]:
    """Open a working folder for writing though kept files are damaged; its ledger must be whole."""
    settings = load_settings(root)
    home = open_home(settings.home)
    url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    with (
        lock_home(home),
        _ledger(home, url) as ledger,
        closing(Workspace(home, ledger, settings)) as workspace,
    ):
        yield workspace


@contextmanager
def _ledger(home: Home, url: str | None) -> Iterator[Ledger]:
    ledger = open_ledger(home, url)
    try:
        yield ledger
    finally:
        ledger.close()


def watched_area(workspace: Workspace, admin: gpd.GeoDataFrame | None = None) -> Any:
    """The area as one shape in EPSG:4326; ``admin`` saves reading the register again."""
    areas = load_register(workspace.home, "admin") if admin is None else admin
    counties = areas[areas["level"] == "county"]
    chosen = counties if len(counties) else areas
    if chosen.empty:
        return shapely.box(*workspace.settings.watch_bbox)
    return shapely.union_all(chosen.geometry.to_numpy())


def watched_bbox(workspace: Workspace) -> tuple[float, float, float, float]:
    """West, south, east, north of the area [degree]."""
    west, south, east, north = (float(v) for v in shapely.bounds(watched_area(workspace)))
    return west, south, east, north
