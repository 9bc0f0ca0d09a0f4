"""The working folder, its ledger and its settings, opened together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jdzfire.errors import SettingsError
from jdzfire.feeds import FEEDS, Feed, feeds_of_mappings
from jdzfire.settings import Settings, load_settings
from jdzfire.store import Home, Ledger, lock_home, open_home, open_ledger

__all__ = ["House", "open_house"]


@dataclass(frozen=True)
class House:
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
        """Every feed this house can read: the shipped ones and its own mappings."""
        return {**FEEDS, **feeds_of_mappings(self.mappings)}

    def inbox_files(self) -> list[Path]:
        """Hotspot files put into the folder's inbox by other programmes, by name."""
        return sorted(p for p in (self.home.root / "inbox").glob("**/*") if p.is_file())


@contextmanager
def open_house(root: Path | str | None = None, *, writing: bool = False) -> Iterator[House]:
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
    """
    settings = load_settings(root)
    home = open_home(settings.home)
    url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    if not writing:
        with _ledger(home, url) as ledger:
            yield House(home, ledger, settings)
        return
    with lock_home(home), _ledger(home, url) as ledger:
        yield House(home, ledger, settings)


@contextmanager
def _ledger(home: Home, url: str | None) -> Iterator[Ledger]:
    ledger = open_ledger(home, url)
    try:
        yield ledger
    finally:
        ledger.close()
