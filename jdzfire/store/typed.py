"""Tables of a contract without checking them again: what jdzfire wrote itself is trusted.

Checking costs about as much as reading a file, and each table was checked when it was stored.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.schemas import STORED_CRS, Contract, empty_table


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
        return empty_table(contract)
    dtypes = empty_table(contract).dtypes.to_dict()
    if "geometry" not in dtypes:
        return frame.astype(dtypes)
    dtypes.pop("geometry")
    places = gpd.GeoSeries(shapely.from_wkb(frame["geometry"].to_numpy()), crs=STORED_CRS)
    plain = frame.drop(columns="geometry").astype(dtypes)
    return gpd.GeoDataFrame(plain, geometry=places)[list(contract.columns)]
