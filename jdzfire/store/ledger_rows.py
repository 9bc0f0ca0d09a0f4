"""Tables to rows of the ledger and back: null is NULL, times are UTC, geometry is WKB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jdzfire.schemas import Contract, storable_text
from jdzfire.store.typed import typed_table

_IDS_AT_ONCE = 500
"""Values in one query; SQLite takes some 30,000 at the most."""


def table_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python values for the database; geometry as WKB."""
    plain = pd.DataFrame(table)
    if isinstance(table, gpd.GeoDataFrame):
        plain = plain.assign(geometry=pd.Series(table.geometry.to_wkb(), dtype=object))
    columns = {
        name: plain[name].astype(object).where(plain[name].notna(), None).tolist()
        for name in plain.columns
    }
    names = list(columns)
    return [
        dict(zip(names, map(_plain, values), strict=True))
        for values in zip(*columns.values(), strict=True)
    ]


def select_table(
    connection: sa.Connection, query: sa.Select[Any], table_contract: Contract
) -> pd.DataFrame:
    """Rows of a query as a table of its contract."""
    rows = connection.execute(query).all()
    names = list(table_contract.columns)
    frame = pd.DataFrame([tuple(row) for row in rows], columns=names, dtype=object)
    table: pd.DataFrame = typed_table(frame, table_contract)
    return table


def select_some(
    connection: sa.Connection,
    query: sa.Select[Any],
    table_contract: Contract,
    key: sa.Column[Any],
    wanted: Iterable[str] | None,
    order: Sequence[str],
) -> pd.DataFrame:
    """Rows of a query whose key is among the wanted (None: all), in the order of some columns."""
    if wanted is None:
        columns = [query.selected_columns[name] for name in order]
        return select_table(connection, query.order_by(*columns), table_contract)
    ids = sorted(set(wanted))
    rows: list[tuple[Any, ...]] = []
    for first in range(0, len(ids), _IDS_AT_ONCE):
        some = ids[first : first + _IDS_AT_ONCE]
        rows += [tuple(row) for row in connection.execute(query.where(key.in_(some))).all()]
    frame = pd.DataFrame(rows, columns=list(table_contract.columns), dtype=object)
    table: pd.DataFrame = typed_table(frame, table_contract)
    return table.sort_values(list(order)).reset_index(drop=True)


def rows_by_id(
    connection: sa.Connection, key: sa.Column[Any], ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Rows of the key's table that have one of these ids, by id."""
    wanted = sorted(set(ids))
    found: dict[str, dict[str, Any]] = {}
    for first in range(0, len(wanted), _IDS_AT_ONCE):
        some = wanted[first : first + _IDS_AT_ONCE]
        for row in connection.execute(sa.select(key.table).where(key.in_(some))).all():
            fields = row._asdict()
            found[fields[key.name]] = fields
    return found


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or give the rows of the same primary key these values."""
    if not rows:
        return
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Any = kind.insert(table)
    keys = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=values), list(rows)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return storable_text(value) if isinstance(value, str) and "\x00" in value else value
