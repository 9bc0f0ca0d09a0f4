"""Tables of a contract without checking them again: what the house wrote itself is trusted.

Checking costs about as much as reading a file, and each table was checked when it was stored.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.schemas import STORED_CRS, Contract, empty_table

__all__ = ["typed_empty", "typed_table"]

_EMPTY: dict[str, Any] = {}  # the empty table of each contract, made once and never changed


def typed_empty(contract: Contract) -> Any:
    """A table of no rows with the contract's columns, dtypes and CRS."""
    return _empty(contract).copy()


def typed_table(frame: pd.DataFrame, contract: Contract) -> Any:
    """Stored columns as a table with the contract's dtypes and CRS.

    Parameters
    ----------
    frame : DataFrame, n rows
        The contract's columns in its order; geometry as WKB.
    contract : Contract

    Returns
    -------
    DataFrame or GeoDataFrame, n rows, order and values kept
    """
    if frame.empty:
        return typed_empty(contract)
    dtypes = _empty(contract).dtypes.to_dict()
    if "geometry" not in dtypes:
        return frame.astype(dtypes)
    dtypes.pop("geometry")
    places = gpd.GeoSeries(shapely.from_wkb(frame["geometry"].to_numpy()), crs=STORED_CRS)
    plain = frame.drop(columns="geometry").astype(dtypes)
    return gpd.GeoDataFrame(plain, geometry=places)[list(contract.columns)]


def _empty(contract: Contract) -> Any:
    name = str(contract.name)
    if name not in _EMPTY:
        _EMPTY[name] = empty_table(contract)
    return _EMPTY[name]
