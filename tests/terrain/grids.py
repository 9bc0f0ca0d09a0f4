from __future__ import annotations

import numpy as np
import xarray as xr


def grid(
    values: object, *, x: object, y: object, crs: str | None, nodata: float | None = None
) -> xr.DataArray:
    """A rioxarray grid from values, centres and a CRS."""
    import rioxarray  # noqa: F401

    array = xr.DataArray(
        np.asarray(values), dims=("y", "x"), coords={"y": np.asarray(y), "x": np.asarray(x)}
    )
    if crs is not None:
        array = array.rio.write_crs(crs)
    return array if nodata is None else array.rio.write_nodata(nodata)
