"""Registering: what offices send about land, permits, teams, works and weather."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jdzfire.errors import InputError
from jdzfire.feeds.registers import read_grid, read_register, read_weather
from jdzfire.schemas import REGISTERS
from jdzfire.stages.house import House
from jdzfire.stages.receiving import DONE, Intake
from jdzfire.store import keep_raw, keep_rejected, save_grid, save_register

__all__ = ["register_files"]


def register_files(
    house: House,
    kind: str,
    files: Iterable[Path],
    *,
    at: datetime,
    datum: str | None = None,
    crs: str | None = None,
) -> Intake:
    """Take register files in; rows replace those of the same id.

    Parameters
    ----------
    house : House
    kind : str
        A register kind.
    files : iterable of Path
    at : datetime
    datum, crs : str, optional
        Declared for all the files; default is the datum of the settings.

    Returns
    -------
    Intake
        ``changed`` is empty: register rows have no hotspot ids.
    """
    intake = Intake()
    for path in files:
        intake = replace(intake, files=intake.files + 1)
        try:
            raw = _read_file(path)
            sha256 = keep_raw(house.home, raw)
            rows, rejected = _keep_register(house, kind, raw, path.name, at, datum, crs)
        except InputError as error:
            message = str(error)
            intake = replace(
                intake,
                unusable=(*intake.unusable, message),
                faults=(*intake.faults, message),
            )
            continue
        house.ledger.record_input(sha256, kind, path.name, at, rows, rejected, DONE)
        intake = replace(intake, rows=intake.rows + rows, rejected=intake.rejected + rejected)
        if rejected > house.settings.max_rejected_share * (rows + rejected):
            fault = f"{path.name}: {rejected} of {rows + rejected} rows rejected"
            intake = replace(intake, faults=(*intake.faults, fault))
    return intake


def _keep_register(
    house: House,
    kind: str,
    raw: bytes,
    name: str,
    at: datetime,
    datum: str | None,
    crs: str | None,
) -> tuple[int, int]:
    """Read one register file and keep it; the number of its rows and of rejected ones."""
    if kind not in REGISTERS:
        if kind == "weather":
            read_weather(raw, source_name=name)
        else:
            read_grid(kind, raw, source_name=name)
        save_grid(house.home, kind, raw)
        return 1, 0
    reading = read_register(
        kind,
        raw,
        source_name=name,
        received_at=at,
        datum=datum,
        default_datum=house.settings.default_datum,
        crs=crs,
    )
    keep_rejected(house.home, reading.rejected)
    save_register(house.home, kind, reading.table, at=at)
    return len(reading.table), len(reading.rejected)
