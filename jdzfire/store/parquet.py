"""Tables as Parquet bytes and back, the same bytes for the same rows.

Any reader of GeoParquet 1.1 opens these files without jdzfire; nothing here is a format of
our own. What is decided: zstd, a bbox column so that a reader can skip what lies elsewhere,
row groups small enough for that to help, and an order of rows that the caller has fixed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.errors import StoreError
from jdzfire.schemas import Contract, empty_table
from jdzfire.store.typed import typed_table

Bbox = tuple[float, float, float, float]
"""west, south, east, north [degree, EPSG:4326]."""

_ROW_GROUP = 32_768


def encode_table(table: pd.DataFrame) -> bytes:
    """A table as Parquet bytes; GeoParquet with a bbox covering when it has geometry."""
    buffer = io.BytesIO()
    options: dict[str, Any] = {"compression": "zstd", "row_group_size": _ROW_GROUP, "index": False}
    if isinstance(table, gpd.GeoDataFrame):
        table.to_parquet(buffer, write_covering_bbox=True, schema_version="1.1.0", **options)
    else:
        table.to_parquet(buffer, engine="pyarrow", **options)
    return buffer.getvalue()


def read_table(path: Path, contract: Contract) -> Any:
    """The rows of one Parquet file of ours; an empty table when there is no such file."""
    return read_tables([path] if path.exists() else [], contract)


def read_tables(
    paths: Iterable[Path],
    contract: Contract,
    *,
    bbox: Bbox | None = None,
    filters: Sequence[tuple[str, str, Any]] = (),
) -> Any:
    """Rows of Parquet files of ours, with the contract's columns, dtypes and CRS.

    Parameters
    ----------
    paths : iterable of Path
        Files written by :func:`encode_table`; none gives an empty table.
    contract : Contract
        Of the tables in the files.
    bbox : (west, south, east, north) [degree], optional
        Only rows whose bounds touch it; whole row groups elsewhere are skipped.
    filters : sequence of (column, ">=" or "<", value)
        All must hold.

    Raises
    ------
    StoreError
        A file is damaged or lacks columns.

    Notes
    -----
    ``geopandas.read_parquet`` gives the same and is what others use; it spends 20 ms a file on
    the CRS, which is always ours here.
    """
    files = [str(path) for path in paths]
    if not files:
        return empty_table(contract)
    try:
        frame = _scan(files, list(contract.columns), _condition(bbox, filters))
        frame = _with_new_columns(frame, contract)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise _damaged(files, f"the columns of {contract.name}", error) from error
    return typed_table(frame, contract)


def read_columns(
    paths: Iterable[Path], columns: Sequence[str], filters: Sequence[tuple[str, str, Any]] = ()
) -> pd.DataFrame:
    """Some columns of files of ours, as they are stored; what is not asked for is not read."""
    files = [str(path) for path in paths]
    if not files:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    try:
        return _scan(files, list(columns), _condition(None, filters))
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise _damaged(files, ", ".join(columns), error) from error


def count_rows(path: Path) -> int:
    """Rows of one Parquet file, from its footer."""
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (ValueError, OSError) as error:
        raise _damaged([str(path)], "a Parquet footer", error) from error


def differing_rows(
    held: pd.DataFrame, given: pd.DataFrame, *, ignore: Sequence[str] = ()
) -> NDArray[np.bool_]:
    """Whether rows differ in any column, compared by position; null equals null.

    Parameters
    ----------
    held, given : DataFrame, n rows each, same columns
    ignore : sequence of str
        Columns that do not count.

    Returns
    -------
    bool array, n
    """
    differs = np.zeros(len(given), dtype=bool)
    for name in given.columns:
        if name not in ignore:
            differs |= _differs(held[name], given[name])
    return differs


def upsert_rows(held: Any, given: Any, key: str) -> tuple[Any, int]:
    """Rows of ``given`` put over those of ``held`` with the same key, sorted by key.

    Returns
    -------
    table, int
        The table, and how many rows of ``given`` were new or different.
    """
    position = pd.Index(held[key]).get_indexer(pd.Index(given[key]))
    known = position >= 0
    changed = ~known
    changed[known] = differing_rows(held.iloc[position[known]], given[known])
    kept = held.drop(index=held.index[position[known]])
    merged = pd.concat([kept, given]) if len(kept) else given
    return merged.sort_values(key).reset_index(drop=True), int(changed.sum())


def _damaged(files: Sequence[str], expected: str, error: Exception) -> StoreError:
    names = ", ".join(Path(file).parent.name + "/" + Path(file).name for file in files[:3])
    message = str(error).splitlines()[0][:200] if str(error) else repr(error)
    return StoreError(
        "a Parquet file of the store cannot be read",
        expected=expected,
        found=f"{message} in {names}",
        remedy="rebuild the archive with jdzfire replay-raw --replace; raw/ keeps the files",
    )


def _scan(files: list[str], columns: list[str], condition: Any) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    # files written before a column was added have nulls there
    schemas = [pq.read_schema(file).remove_metadata() for file in files]
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    there = [name for name in columns if name in schema.names]
    found = ds.dataset(files, schema=schema, format="parquet")
    frame: pd.DataFrame = found.to_table(columns=there, filter=condition).to_pandas()
    return frame


def _with_new_columns(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The frame with nullable columns it lacks; KeyError when it lacks another."""
    lost = [name for name in contract.columns if name not in frame]
    needed = [name for name in lost if not contract.columns[name].nullable]
    if needed:
        raise KeyError(f"no {', '.join(needed)}")
    return frame.assign(**dict.fromkeys(lost))[list(contract.columns)]


def _condition(bbox: Bbox | None, filters: Sequence[tuple[str, str, Any]]) -> Any:
    import pyarrow.dataset as ds

    parts = [
        ds.field(name) >= value if operator == ">=" else ds.field(name) < value
        for name, operator, value in filters
    ]
    if bbox is not None:
        west, south, east, north = bbox
        parts += [
            ds.field("bbox", "xmin") <= east,
            ds.field("bbox", "xmax") >= west,
            ds.field("bbox", "ymin") <= north,
            ds.field("bbox", "ymax") >= south,
        ]
    condition = None
    for part in parts:
        condition = part if condition is None else condition & part
    return condition


def _differs(held: pd.Series, given: pd.Series) -> NDArray[np.bool_]:
    if isinstance(given.dtype, gpd.array.GeometryDtype):
        same = shapely.equals_identical(held.to_numpy(), given.to_numpy())
    else:
        left, right = held.array, given.array
        null = np.asarray(pd.isna(left)) & np.asarray(pd.isna(right))
        same = pd.Series(left == right).fillna(False).to_numpy(dtype=bool) | null
    return np.asarray(same, dtype=bool) ^ True
