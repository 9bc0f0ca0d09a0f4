"""Migrations of the ledger: from each earlier version to the next, in the caller's transaction.

Each step names its tables and columns itself, as they were in its version: a column added later
must not change what an old step does. The version is kept in ``meta``, so that opening a current
ledger needs no migration library.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from jdzfire.store.ledger_schema import METADATA, UtcTime, make_append_only

_TIME = sa.DateTime(timezone=True)
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def migrate(connection: sa.Connection, version: str) -> None:
    """Bring a ledger of an earlier version up to date, step by step.

    Parameters
    ----------
    connection : Connection
        In a transaction: all steps or none.
    version : str
        Its ``schema_version``, one of :data:`VERSIONS`.
    """
    op = Operations(MigrationContext.configure(connection))
    for step in list(VERSIONS)[list(VERSIONS).index(version) :]:
        VERSIONS[step][1](op)
    METADATA.create_all(connection)  # tables that an old ledger never needed


def _from_1(op: Operations) -> None:
    """Batches and options of inputs, more states of feeds, answers of services."""
    with op.batch_alter_table("inputs") as inputs:
        inputs.add_column(sa.Column("batch", _WHOLE, nullable=False, server_default="0"))
        inputs.add_column(sa.Column("options", sa.Text(), nullable=False, server_default=""))
    op.rename_table("feed_runs", "feed_runs_1")
    feed_states = "'ok', 'late', 'failed', 'refused', 'no_data', 'never'"
    op.create_table(
        "feed_runs",
        sa.Column("feed", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_ok_at", _TIME),
        sa.Column("last_data_at", _TIME),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN ({feed_states})"),
    )
    op.execute(
        "INSERT INTO feed_runs (feed, state, last_ok_at, last_data_at, detail) "
        "SELECT feed, state, last_ok_at, last_data_at, detail FROM feed_runs_1"
    )
    op.drop_table("feed_runs_1")
    fetch_states = "'ok', 'no_data', 'refused', 'limited', 'unavailable', 'damaged'"
    op.create_table(
        "fetches",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("slot", sa.Text(), primary_key=True),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("ok_at", _TIME),
        sa.Column("covered_to", _TIME),
        sa.Column("retry_at", _TIME),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN ({fetch_states})"),
    )


def _from_2(op: Operations) -> None:
    """Provisional verdicts with score and escalation, and the log of events."""
    existing = set(sa.inspect(op.get_bind()).get_table_names())
    for table in {"verdicts", "verdict_history"} & existing:
        op.add_column(
            table,
            sa.Column("is_provisional", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
        op.add_column(table, sa.Column("score", sa.Double()))
        op.add_column(table, sa.Column("escalation", sa.Text()))
    _event_log_of_3().create(op.get_bind())


def _event_log_of_3() -> sa.Table:
    """The log of events as version 3 made it, with its index and triggers."""
    metadata = sa.MetaData()
    sa.Table("events", metadata, sa.Column("event_id", sa.Text(), primary_key=True))
    actions = "'merged', 'split', 'late', 'moved', 'apart'"
    table = sa.Table(
        "event_log",
        metadata,
        sa.Column("seq", _WHOLE, primary_key=True),
        sa.Column("event_id", sa.Text(), sa.ForeignKey("events.event_id"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text()),
        sa.Column("hotspot_ids", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text()),
        sa.CheckConstraint(f"action IN ({actions})"),
        sqlite_autoincrement=True,
    )
    sa.Index("event_log_by_event", table.c.event_id)
    make_append_only(table)
    return table


def _from_3(op: Operations) -> None:
    """What a file covers, from the options and names of the inputs to a table of its own."""
    coverage = op.create_table(
        "coverage",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("satellite", sa.Text(), primary_key=True),
        sa.Column("instrument", sa.Text(), primary_key=True),
        sa.Column("begins_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
    )
    connection = op.get_bind()
    inputs = sa.table(
        "inputs", *map(sa.column, ("sha256", "kind", "source_name", "state", "options"))
    )
    for row in connection.execute(sa.select(inputs)).mappings().all():
        options: dict[str, Any] = json.loads(row["options"] or "{}")
        if row["state"] in ("archived", "done"):
            spans = list(_spans_of_3(options, row["source_name"]))
            op.bulk_insert(
                coverage, [{"sha256": row["sha256"], "kind": row["kind"], **s} for s in spans]
            )
        left = {key: value for key, value in options.items() if key not in ("span", "scans")}
        mine = (inputs.c.sha256 == row["sha256"]) & (inputs.c.kind == row["kind"])
        text = json.dumps(left, ensure_ascii=False, sort_keys=True) if left else ""
        connection.execute(sa.update(inputs).where(mine).values(options=text))


_SCAN_OF_3 = re.compile(r"H(\d{2})_(\d{8})_(\d{4})_L2WLF", re.IGNORECASE)


def _spans_of_3(options: dict[str, Any], source_name: str) -> Iterator[dict[str, Any]]:
    """Spans as version 3 noted them: polar orbiters, scans, and the scan in a file's name."""
    for satellite, (first, last) in options.get("span", {}).items():
        instrument = "MODIS" if satellite in ("Terra", "Aqua") else "VIIRS"
        yield _span(satellite, instrument, first, last)
    scans = {name: list(times) for name, times in options.get("scans", {}).items()}
    match = _SCAN_OF_3.match(source_name)
    if match is not None:
        try:
            slot = datetime.strptime(match[2] + match[3], "%Y%m%d%H%M").replace(tzinfo=UTC)
        except ValueError:
            pass
        else:
            scans.setdefault(f"Himawari-{int(match[1])}", []).append(slot.isoformat())
    for satellite, times in scans.items():
        yield _span(satellite, "AHI", min(times), max(times))


def _span(satellite: str, instrument: str, first: str, last: str) -> dict[str, Any]:
    ends = {
        name: datetime.fromisoformat(text)
        for name, text in (("begins_at", first), ("ends_at", last))
    }
    return {"satellite": satellite, "instrument": instrument, **ends}


def _from_4(op: Operations) -> None:
    """More states and findings of a case; the log gets its chain, from the first line on."""
    from jdzfire.cases.chain import START, chained

    connection = op.get_bind()
    lines = [{**row, "at": _aware(row["at"])} for row in _rows_of(connection, "case_log", "seq")]
    changes = Counter(line["case_id"] for line in lines if line["action"] != "note")
    held = [
        {
            **{n: _aware(v) if n.endswith("_at") and v else v for n, v in row.items()},
            "version": max(changes[row["case_id"]], 1),
        }
        for row in _rows_of(connection, "cases", "case_id")
    ]
    _drop_guards(connection)
    for name in ("case_log", "cases"):  # the log points to the cases
        op.drop_table(name)
    cases, log = _case_tables_of_5()
    for table in (cases, log):
        table.create(connection)
    if held:
        connection.execute(sa.insert(cases), held)
    if lines:
        connection.execute(sa.insert(log), chained(lines, START))
        if connection.dialect.name == "postgresql":  # numbers go on where the old log ended
            connection.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('case_log', 'seq'), "
                "(SELECT max(seq) FROM case_log))"
            )


def _from_5(op: Operations) -> None:
    """Alerts and the log of burns: tables that version 5 did not have, made with the rest."""


def _rows_of(connection: sa.Connection, name: str, order: str) -> list[dict[str, Any]]:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    found = connection.execute(sa.select(table).order_by(table.c[order])).mappings()
    return [dict(row) for row in found]


def _case_tables_of_5() -> tuple[sa.Table, sa.Table]:
    """Cases and their log as version 5 made them, with index and triggers."""
    metadata = sa.MetaData()
    sa.Table("events", metadata, sa.Column("event_id", sa.Text(), primary_key=True))
    statuses = (
        "'open', 'dispatched', 'on_scene', 'answered', 'county_reviewed', 'city_reviewed', "
        "'closed', 'cancelled'"
    )
    cases = sa.Table(
        "cases",
        metadata,
        sa.Column("case_id", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Text(), sa.ForeignKey("events.event_id"), nullable=False),
        sa.Column("version", _WHOLE, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("team_id", sa.Text()),
        sa.Column("affected_forest_ha", sa.Double()),
        sa.Column("burned_ha", sa.Double()),
        sa.Column("cause", sa.Text()),
        *(sa.Column(name, sa.Double()) for name in ("people", "dead", "injured")),
        sa.Column("held_by", sa.Text()),
        *(
            sa.Column(name, UtcTime(), nullable=False)
            for name in ("opened_at", "answer_due_at", "result_due_at")
        ),
        *(
            sa.Column(name, UtcTime())
            for name in ("dispatched_at", "arrived_at", "answered_at", "out_at", "closed_at")
        ),
        sa.UniqueConstraint("event_id"),
        sa.CheckConstraint(f"status IN ({statuses})"),
    )
    log = sa.Table(
        "case_log",
        metadata,
        sa.Column("seq", _WHOLE, primary_key=True),
        sa.Column("case_id", sa.Text(), sa.ForeignKey("cases.case_id"), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text()),
        sa.Column("chain", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    sa.Index("case_log_by_case", log.c.case_id)
    make_append_only(log)
    return cases, log


def _aware(value: datetime | str) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _drop_guards(connection: sa.Connection) -> None:
    """Triggers of the old log: they would refuse to let it go."""
    if connection.dialect.name == "sqlite":
        for what in ("update", "delete", "replace"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS case_log_no_{what}")


VERSIONS: dict[str, tuple[str, Callable[[Operations], None]]] = {
    "1": ("3a7133b58eb32b88", _from_1),
    "2": ("abecee1d675034cc", _from_2),
    "3": ("8da648c363b66129", _from_3),
    "4": ("dbcc115ae4fa779a", _from_4),
    "5": ("6aa771f266bd1aee", _from_5),
}
"""Earlier version -> fingerprint of its layout, and the step to the next one."""
