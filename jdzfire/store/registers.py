"""Registers on the disk: the current version and every earlier one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from jdzfire.errors import NotFound, UsageError
from jdzfire.schemas import REGISTERS, Contract, empty_table, validate
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, write_turn
from jdzfire.store.kept import changing_kept, verify_kept
from jdzfire.store.parquet import encode_table, read_table, upsert_rows

_VERSION = re.compile(r"(\d{4,})_(\d{8}T\d{6}Z)_([0-9a-f]{12})\.parquet")
_STAMP = "%Y%m%dT%H%M%SZ"


_READ_MOST = 16
_read: dict[Path, tuple[tuple[int, int, int], Any]] = {}
"""Registers this process has read: the steps of a cycle ask for the same ones many times."""


def save_register(
    home: Home,
    kind: str,
    table: Any,
    *,
    at: datetime | None = None,
    replace: bool = False,
    source: Mapping[str, str] | None = None,
) -> int:
    """Put rows into a register by their id and keep the result as a dated version.

    Parameters
    ----------
    home : Home
    kind : str
        One of ``schemas.REGISTERS``.
    table : GeoDataFrame [the kind's contract], n rows, may be empty
        A DataFrame for a kind without places.
    at : datetime, aware, optional
        Date of the version; default is the clock. It names a file and changes no row.
    replace : bool
        The table is the whole register: ids it does not have are taken out.
    source : mapping of str, optional
        Where it comes from (``source_name``, ``sha256``, ``datum``, ``notes``), kept beside the
        version.

    Returns
    -------
    int
        Rows added, changed or taken out. When 0, no version is made and nothing is written.

    Raises
    ------
    UsageError
        No such kind of table, or ``at`` without a zone.
    ContractError, CrsError
        The table breaks its contract. Nothing was written.

    Notes
    -----
    The version is written first, then ``current.parquet``. A process killed between the two leaves
    the register as it was; saving again makes it current, without a second version.
    """
    contract = _contract(kind)
    given = validate(table, contract)
    when = _aware(datetime.now(UTC) if at is None else at)
    key = str(next(iter(contract.columns)))
    with write_turn(home):
        held = load_register(home, kind)
        merged, changed = upsert_rows(held.iloc[:0] if replace else held, given, key)
        if replace:
            changed = upsert_rows(held, given, key)[1] + int((~held[key].isin(given[key])).sum())
        if changed:
            data = encode_table(merged)
            files = _new_version(home, kind, data, when, source or {})
            files[_current(home, kind)] = data
            with changing_kept(home, files):
                for path, content in files.items():
                    write_atomic(path, content)
        return changed


def load_register(home: Home, kind: str, *, at: datetime | None = None) -> Any:
    """A register, current or as it was.

    Parameters
    ----------
    home : Home
    kind : str
        One of ``schemas.REGISTERS``.
    at : datetime, aware, optional
        The last version dated at or before this time; default is the current version.

    Returns
    -------
    GeoDataFrame [the kind's contract], sorted by id, empty when there is none
    """
    contract = _contract(kind)
    path = _current(home, kind)
    if at is not None:
        stamp = _aware(at).astimezone(UTC).strftime(_STAMP)
        stood = [file for _, made, _, file in _versions(home, kind) if made <= stamp]
        if not stood:
            return empty_table(contract)
        path = stood[-1]
    return _verified(home, path, contract)


def register_versions(home: Home, kind: str) -> pd.DataFrame:
    """Versions of a register, the oldest first.

    Returns
    -------
    DataFrame
        number (int64), saved_at (aware UTC), sha256 (first 12 digits), file (name),
        source_name and notes (null where a version has none).
    """
    _contract(kind)
    rows = list(_versions(home, kind))
    sources = [_source_of(file) for *_, file in rows]
    saved = [datetime.strptime(made, _STAMP).replace(tzinfo=UTC) for _, made, _, _ in rows]
    return pd.DataFrame(
        {
            "number": pd.Series([number for number, *_ in rows], dtype="int64"),
            "saved_at": pd.Series(saved, dtype="datetime64[us, UTC]"),
            "sha256": pd.Series([digest for _, _, digest, _ in rows], dtype="str"),
            "file": pd.Series([file.name for *_, file in rows], dtype="str"),
            "source_name": pd.Series([note.get("source_name") for note in sources], dtype="str"),
            "notes": pd.Series([note.get("notes") for note in sources], dtype="str"),
        }
    )


def load_version(home: Home, kind: str, number: int) -> Any:
    """One version of a register, by its number.

    Raises
    ------
    NotFound
        There is no such version.
    """
    contract = _contract(kind)
    found = [file for held, *_, file in _versions(home, kind) if held == number]
    if not found:
        raise NotFound(
            f"register {kind} has no version {number}", remedy=f"see jdzfire registers log {kind}"
        )
    return _verified(home, found[0], contract)


def _verified(home: Home, path: Path, contract: Contract) -> Any:
    """The rows of a register file; empty when there is none and there should be none."""
    verify_kept(home, [path])
    try:
        state = path.stat()
    except OSError:
        return read_table(path, contract)
    mark = (state.st_mtime_ns, state.st_size, state.st_ino)
    held = _read.get(path)
    if held is None or held[0] != mark:
        table = read_table(path, contract)
        _read.pop(path, None)
        _read[path] = held = (mark, table)
        while len(_read) > _READ_MOST:
            _read.pop(next(iter(_read)))
    return held[1].copy(deep=False)


def _source_of(version: Path) -> dict[str, str]:
    path = version.with_suffix(".json")
    if not path.exists():
        return {}
    note = json.loads(path.read_text(encoding="utf-8"))
    return {str(key): str(value) for key, value in note.items() if value}


def _new_version(
    home: Home, kind: str, data: bytes, when: datetime, source: Mapping[str, str]
) -> dict[Path, bytes]:
    """Files of a dated version, in the order they are written; none when it is the last one."""
    digest = hashlib.sha256(data).hexdigest()[:12]
    last = list(_versions(home, kind))[-1:]
    if last and last[0][2] == digest:
        return {}
    number = last[0][0] + 1 if last else 1
    name = f"{number:04d}_{when.astimezone(UTC).strftime(_STAMP)}_{digest}"
    folder = home.registers_dir / kind / "versions"
    files: dict[Path, bytes] = {}
    if source:
        text = json.dumps(dict(source), ensure_ascii=False, sort_keys=True)
        files[folder / f"{name}.json"] = text.encode("utf-8", "replace")
    return {**files, folder / f"{name}.parquet": data}


def _versions(home: Home, kind: str) -> Iterator[tuple[int, str, str, Path]]:
    """Number, stamp, digest and file of each version, by number."""
    found = []
    for path in (home.registers_dir / kind / "versions").glob("*.parquet"):
        match = _VERSION.fullmatch(path.name)
        if match:
            found.append((int(match[1]), match[2], match[3], path))
    yield from sorted(found)


def version_digest(path: Path) -> str:
    """The first digits of the sha256 a version's name states; "" for any other file."""
    match = _VERSION.fullmatch(path.name)
    return match[3] if match else ""


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise UsageError("at has no time zone", expected="an aware time", found=str(at))
    return at


def _current(home: Home, kind: str) -> Path:
    return home.registers_dir / kind / "current.parquet"


def _contract(kind: str) -> Contract:
    if kind not in REGISTERS:
        raise UsageError(
            "no such register of rows",
            expected=", ".join(REGISTERS),
            found=repr(kind[:80]),
            remedy="weather, dem and landcover are grids: use save_grid",
        )
    return REGISTERS[kind]
