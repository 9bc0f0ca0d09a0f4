"""How a table contract is checked: the CRS first, then the columns, then the values.

Pandera would label metres without a CRS as degrees, so the CRS is checked before anything
is coerced. A row is never dropped here: the readers quarantine bad rows themselves,
and what still breaks the contract then is a fault of the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from jdzfire.errors import ContractError, CrsError

STORED_CRS = "EPSG:4326"
"""CRS of every stored geometry: WGS84 longitude, latitude in degrees."""

TIME_DTYPE = "datetime64[us, UTC]"
"""The one dtype of times in jdzfire: aware UTC, microseconds."""


@dataclass(frozen=True)
class Check:
    """A rule on the values of a column, as Pandera names it."""

    name: str
    """``isin``, ``greater_than``, ``greater_than_or_equal_to`` or ``in_range``."""
    statistics: Mapping[str, Any]
    """Its arguments."""


@dataclass(frozen=True)
class Column:
    """One column of a contract."""

    dtype: str
    """Of pandas; ``geometry`` for places."""
    description: str
    """One line of meaning."""
    nullable: bool = False
    """Whether a value may be missing."""
    unique: bool = False
    """Whether a value may be there once only."""
    checks: tuple[Check, ...] = ()
    """Rules on its values."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """``unit``; ``is_later`` for a column of a later version."""


@dataclass(frozen=True, eq=False)
class Contract:
    """A table: its name, its columns in their order, and what it is."""

    name: str
    """Of the table."""
    columns: Mapping[str, Column]
    """By name."""
    description: str
    """One line of meaning."""

    @cached_property
    def checked(self) -> Any:
        """Pandera's schema of it; made when a table is validated, for importing it takes 0.2 s."""
        import pandera.pandas as pa

        columns = {
            name: pa.Column(
                one.dtype,
                checks=[getattr(pa.Check, rule.name)(**rule.statistics) for rule in one.checks],
                nullable=one.nullable,
                unique=one.unique,
                coerce=True,
            )
            for name, one in self.columns.items()
        }
        return pa.DataFrameSchema(columns, name=self.name, strict=False)


def one_of(values: Iterable[str]) -> Check:
    """Only these values."""
    return Check("isin", {"allowed_values": list(values)})


def at_least(value: float) -> Check:
    """A least value; it counts."""
    return Check("greater_than_or_equal_to", {"min_value": value})


def more_than(value: float) -> Check:
    """More than this."""
    return Check("greater_than", {"min_value": value})


def within(low: float, high: float) -> Check:
    """From one to the other, both inside."""
    return Check("in_range", {"min_value": low, "max_value": high})


Table = TypeVar("Table", bound=pd.DataFrame)


def column(
    dtype: str,
    description: str,
    *,
    unit: str = "",
    nullable: bool = False,
    unique: bool = False,
    checks: Check | None = None,
    is_later: bool = False,
) -> Column:
    """One column of a contract, with its unit and one line of meaning.

    ``is_later`` marks a column of a later version: tables of before it have it null.
    """
    return Column(
        dtype,
        description,
        nullable=nullable,
        unique=unique,
        checks=() if checks is None else (checks,),
        metadata={"unit": unit, "is_later": is_later},
    )


def _with_later(table: Table, table_contract: Contract) -> Table:
    """The table with null columns for those of a later version that it lacks."""
    later = [
        str(name)
        for name, rule in table_contract.columns.items()
        if name not in table.columns and rule.metadata.get("is_later")
    ]
    return table.assign(**dict.fromkeys(later)) if later else table


def contract(name: str, columns: Mapping[str, Column], *, description: str) -> Contract:
    """A named table contract; further columns are allowed only where tables are read."""
    return Contract(name, columns, description)


_EMPTY: dict[str, Any] = {}  # the empty table of each contract, made once and never handed out


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain dicts, in order, null as None; the geometry is left out."""
    shown = pd.DataFrame(table.drop(columns="geometry", errors="ignore")).astype(object)
    rows = shown.where(shown.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def empty_table(table_contract: Contract) -> Any:
    """A table of no rows with the contract's columns, dtypes and CRS."""
    return _empty(table_contract).copy()


def conform(table: Table, table_contract: Contract) -> Table:
    """A table jdzfire made itself, in the contract's columns and dtypes, unchecked.

    For the inner packages, where values are trusted; readers and the store use
    :func:`validate`, which costs some 20 ms a call.

    Parameters
    ----------
    table : DataFrame or GeoDataFrame, n rows

    Returns
    -------
    DataFrame or GeoDataFrame, n rows, order kept, index 0..n-1
    """
    if table.empty:
        return cast(Table, empty_table(table_contract))
    dtypes = _empty(table_contract).dtypes.drop("geometry", errors="ignore").to_dict()
    ordered = cast(Any, _with_later(table, table_contract))
    ordered = ordered[list(table_contract.columns)].reset_index(drop=True)
    held = ordered.dtypes
    others = {name: dtype for name, dtype in dtypes.items() if held[name] != dtype}
    return cast(Table, ordered.astype(others) if others else ordered)


def _empty(table_contract: Contract) -> Any:
    name = str(table_contract.name)
    if name not in _EMPTY:
        _EMPTY[name] = _make_empty(table_contract)
    return _EMPTY[name]


def _make_empty(table_contract: Contract) -> Any:
    names = list(table_contract.columns)
    table = pd.DataFrame(
        {
            name: pd.Series(dtype=cast(Any, column.dtype))
            for name, column in table_contract.columns.items()
            if name != "geometry"
        }
    )
    if "geometry" in names:
        table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=STORED_CRS))
    return table[names]


def validate(table: Table, table_contract: Contract) -> Table:
    """Check a table against its contract and return it with the contract's columns and dtypes.

    Parameters
    ----------
    table : DataFrame or GeoDataFrame, n rows
        May be empty and may have further columns, which are left out of the result.
    table_contract : Contract
        One of the contracts of :mod:`jdzfire.schemas`.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        Columns in the contract's order; row order kept; index reset to 0..n-1.

    Raises
    ------
    CrsError
        The geometry has no CRS or another one than EPSG:4326.
    ContractError
        A column is missing, or a value breaks its rule; the first five are named.
    """
    name = str(table_contract.name)
    if "geometry" in table_contract.columns:
        _check_crs(table, name)
    table = _with_later(table, table_contract)
    missing = [col for col in table_contract.columns if col not in table.columns]
    if missing:
        raise ContractError(
            f"table {name} lacks columns",
            expected=", ".join(map(str, table_contract.columns)),
            found=f"no {', '.join(map(str, missing))}",
        )
    ordered = cast(Any, table)[list(table_contract.columns)].reset_index(drop=True)
    quick = _validate_quickly(ordered, table_contract)
    if quick is not None:
        return cast(Table, quick)
    from pandera.errors import SchemaErrors

    try:
        return cast(Table, table_contract.checked.validate(ordered, lazy=True))
    except SchemaErrors as error:
        cases = error.failure_cases
        shown = "; ".join(
            f"row {row.index}: {row.column} {row.check} (found {row.failure_case!r})"
            for row in cases.head(5).itertuples(index=False)
        )
        raise ContractError(
            f"table {name} breaks its contract in {len(cases)} places", found=shown
        ) from error


def _validate_quickly(ordered: Any, table_contract: Contract) -> Any:
    """The table in the contract's dtypes when all is well, None when anything is not.

    Pandera takes some 2 ms a column; here it is asked only about columns with value rules, and
    about the whole table, for its full report, only when something is wrong.
    """
    if ordered.empty:
        return empty_table(table_contract)
    dtypes = _empty(table_contract).dtypes.drop("geometry", errors="ignore").to_dict()
    try:
        typed = ordered.astype(dtypes)
    except (TypeError, ValueError):
        return None
    for name, col in table_contract.columns.items():
        if not col.nullable and typed[name].isna().any():
            return None
        if col.unique and typed[name].duplicated().any():
            return None
    ruled = [name for name, col in table_contract.columns.items() if col.checks]
    return typed if _keeps_rules(typed, ruled, table_contract) else None


def _keeps_rules(typed: Any, ruled: list[str], table_contract: Contract) -> bool:
    if not ruled:
        return True
    from pandera.errors import SchemaError

    try:
        for name in ruled:
            table_contract.checked.columns[name].validate(typed)
    except SchemaError:
        return False
    return True


def _check_crs(table: Any, name: str) -> None:
    if not isinstance(table, gpd.GeoDataFrame):
        raise ContractError(
            f"table {name} has no geometry", expected="GeoDataFrame", found=type(table).__name__
        )
    crs = table.crs
    if crs is None or CRS.from_user_input(crs).to_epsg() != 4326:
        raise CrsError(
            f"table {name} is not in the stored CRS",
            expected=STORED_CRS,
            found="no CRS" if crs is None else str(crs.name),
            remedy="convert with GeoDataFrame.to_crs or declare the datum where it is read",
        )


def storable_text(text: str) -> str:
    """Text any database can hold: lone surrogates and NUL are replaced, nothing else."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
