"""The inbox of registers: files that offices put there are recognised, checked and registered.

``register-inbox/`` of the working folder, and a share if one is set. A file in a folder named after
a register is of that register; another one is recognised by its headers. What cannot be told stays
a question, what cannot be used is noted with its reasons, and the last good register stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.registers.kinds import REGISTER_KINDS
from jdzfire.feeds.registers.recognise import KindQuestion
from jdzfire.feeds.registers.vectors import bundle_shapefile
from jdzfire.pipeline.register import register_files
from jdzfire.redact import redact
from jdzfire.schemas import REGISTERS
from jdzfire.store.atomic import write_atomic
from jdzfire.store.cycle_note import load_cycle_note, save_cycle_note
from jdzfire.store.ledger_inputs import UNUSABLE
from jdzfire.store.raw import keep_raw
from jdzfire.store.register_history import diff_register
from jdzfire.store.registers import load_register, register_versions
from jdzfire.store.rejected import load_rejected
from jdzfire.workspace import Workspace

FOLDER = "register-inbox"
"""Folder of the working folder that is looked into."""

UNKNOWN = "unknown"
"""Kind of an input whose register could not be told."""

_COMPANIONS = {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix"}
_SHARE_MAX_BYTES = 512 << 20
_LISTED = 20
_BLIND = ("sftp", "ssh", "ftp")
"""Protocols fsspec speaks without knowing the host (ADR 18)."""


@dataclass(frozen=True)
class Delivery:
    """What became of one file of the inbox."""

    name: str
    """File name."""
    kind: str
    """Register, or ``unknown``."""
    state: str
    """registered, unchanged, rejected, question."""
    rows: int = 0
    """Rows that were used."""
    rejected: int = 0
    """Rows that could not be used."""
    changes: Mapping[str, int] = field(default_factory=dict)
    """How many ids were added, changed, removed."""
    faults: tuple[tuple[int, str], ...] = ()
    """Line and reason of the first rejected rows."""
    detail: str = ""
    """Why it was rejected or what is asked; else notes of the reader."""


@dataclass(frozen=True)
class Received:
    """What one look into the inbox and onto the share brought."""

    deliveries: list[Delivery]
    """One for each file that was not seen before, by name."""
    fault: str = ""
    """Why the share could not be read; the inbox was looked at all the same."""


def receive_registers(workspace: Workspace, *, at: datetime) -> Received:
    """Register what is new in the inbox and on the share.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    at : datetime

    Returns
    -------
    Received
        A file is known by its content: one that was looked at is passed over until it changes. A
        share that cannot be read is told as a fault, and what lies in the inbox is registered.
    """
    fault = _copy_share(workspace)
    found = [_deliver(workspace, *one, at=at) for one in _arrivals(workspace)]
    return Received(sorted(found, key=lambda one: one.name), "" if fault is None else str(fault))


def open_questions(workspace: Workspace) -> list[Delivery]:
    """Files that lie in the inbox and were rejected or not understood, by name."""
    noted = workspace.ledger.load_inputs(UNUSABLE)
    details = dict(zip(noted["source_name"], noted["detail"], strict=True))
    kinds = dict(zip(noted["source_name"], noted["kind"], strict=True))
    return [
        Delivery(path.name, kinds[path.name], _state(kinds[path.name]), detail=details[path.name])
        for path, _ in _files(workspace)
        if path.name in details
    ]


def _state(kind: str) -> str:
    return "question" if kind == UNKNOWN else "rejected"


def _files(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Files of the inbox, and the register their folder names ("" when it names none)."""
    top = workspace.home.root / FOLDER
    for path in sorted(top.rglob("*")):
        inner = path.relative_to(top).parts
        if not path.is_file() or any(part.startswith((".", "~")) for part in inner):
            continue
        if path.suffix.lower() not in _COMPANIONS:
            yield path, next((part for part in inner[:-1] if part in REGISTER_KINDS), "")


def _arrivals(workspace: Workspace) -> Iterator[tuple[Path, str, bytes, str]]:
    """Files whose content was never looked at, with it and its sha256."""
    for path, kind in _files(workspace):
        try:
            raw = bundle_shapefile(path) if path.suffix.lower() == ".shp" else path.read_bytes()
            sha256 = keep_raw(workspace.home, raw)
        except (OSError, InputError):
            continue  # still being written: the next run looks again
        states = workspace.ledger.input_states(sha256)
        if not states or (kind and states == {UNUSABLE} and _was_unknown(workspace, sha256)):
            yield path, kind, raw, sha256


def _was_unknown(workspace: Workspace, sha256: str) -> bool:
    noted = workspace.ledger.load_inputs(UNUSABLE)
    return bool(((noted["sha256"] == sha256) & (noted["kind"] == UNKNOWN)).any()) and not bool(
        ((noted["sha256"] == sha256) & (noted["kind"] != UNKNOWN)).any()
    )


def _deliver(
    workspace: Workspace, path: Path, kind: str, raw: bytes, sha256: str, *, at: datetime
) -> Delivery:
    try:
        kind = kind or workspace.reader.read("recognise_register", raw, source_name=path.name)
    except InputError as error:
        return _refused(workspace, path, UNKNOWN, sha256, error, at)
    before = _last_version(workspace, kind)
    intake = register_files(workspace, kind, [path], at=at)
    rejected = load_rejected(workspace.home)
    mine = rejected[(rejected["raw_sha256"] == sha256) & (rejected["kind"] == kind)]
    faults = tuple(zip(mine["line"].astype(int), mine["reason"], strict=True))[:_LISTED]
    if intake.unusable:
        detail = intake.unusable[0]
        if not workspace.ledger.input_states(sha256) - {UNUSABLE}:
            workspace.ledger.record_input(
                sha256, kind, path.name, at, 0, len(mine), UNUSABLE, detail
            )
        return Delivery(path.name, kind, "rejected", 0, len(mine), {}, faults, detail)
    after = _last_version(workspace, kind)
    is_table = kind in REGISTERS
    changes: dict[str, int] = {}
    if is_table and after != before:
        changes = _changes(workspace, kind, before)
    state = "registered" if changes or not is_table else "unchanged"
    notes = "; ".join((*intake.faults, *intake.notes))
    return Delivery(path.name, kind, state, intake.rows, len(mine), changes, faults, notes)


def _refused(
    workspace: Workspace, path: Path, kind: str, sha256: str, error: InputError, at: datetime
) -> Delivery:
    detail = redact(error)
    workspace.ledger.record_input(sha256, kind, path.name, at, 0, 0, UNUSABLE, detail)
    state = "question" if isinstance(error, KindQuestion) else "rejected"
    return Delivery(path.name, kind, state, detail=detail)


def _last_version(workspace: Workspace, kind: str) -> int:
    if kind not in REGISTERS:
        return 0
    versions = register_versions(workspace.home, kind)
    return int(versions["number"].max()) if len(versions) else 0


def _changes(workspace: Workspace, kind: str, before: int) -> dict[str, int]:
    """How many ids a new version adds, changes, removes."""
    if not before:
        return {"added": len(load_register(workspace.home, kind))}
    changed = diff_register(workspace.home, kind, older=before).drop_duplicates(["id", "change"])
    counts = changed["change"].value_counts()
    return {str(name): int(count) for name, count in counts.items()}


def _copy_share(workspace: Workspace) -> UsageError | None:
    """Copy what is new on the share into the inbox; the fault when it cannot be reached."""
    address = workspace.settings.register_share
    if address is None:
        return None
    import fsspec

    if address.get_secret_value().partition(":")[0].lower() in _BLIND:
        return UsageError(
            "the share of registers cannot be read like this",
            expected="a folder of this machine, smb:// or another address that knows its host",
            found="sftp:// or ftp://: hosts are not checked there, and logins go in the open",
            remedy="mount the folder and give its path",
        )
    seen = dict(load_cycle_note(workspace.home, "share"))
    try:
        share, top = fsspec.url_to_fs(address.get_secret_value())
        offered = share.find(top, detail=True)
        if not offered and not share.exists(top):
            raise FileNotFoundError("no such folder; is the share mounted?")
        for name, state in sorted(offered.items()):
            mark = f"{state.get('size')} {state.get('mtime') or state.get('created')}"
            if seen.get(name) == mark or (state.get("size") or 0) > _SHARE_MAX_BYTES:
                continue
            inner = PurePosixPath(name).relative_to(PurePosixPath(share._strip_protocol(top)))
            target = workspace.home.root / FOLDER / "share" / Path(*inner.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(target, share.cat_file(name))
            seen[name] = mark
    except Exception as error:  # each file system has its own
        return UsageError(
            "the share of registers cannot be read",
            expected="register_share: the address of a folder",
            found=redact(f"{type(error).__name__}: {error}"),
            remedy="check the address and the network; the inbox works without it",
        )
    finally:
        save_cycle_note(workspace.home, "share", seen)
    return None
