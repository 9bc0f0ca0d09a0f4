from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

UNITS = {
    "tasmax": "degC",
    "hursmin": "%",
    "tas": "degC",
    "hurs": "%",
    "sfcWind": "m s-1",
    "sfcWindmax": "m s-1",
    "pr": "mm/day",
}
MILD = {"tasmax": 18.0, "hursmin": 55.0, "tas": 15.0, "hurs": 60.0, "sfcWind": 2.0,
        "sfcWindmax": 3.0, "pr": 0.0}  # fmt: skip


def weather_days(
    start: str = "2024-03-01",
    count: int = 5,
    *,
    lat: Sequence[float] = (29.0, 29.5),
    lon: Sequence[float] = (117.0, 117.5),
    **series: object,
) -> xr.Dataset:
    """Mild weather, the same in every cell; series overrides a variable by day."""
    shape = (count, len(lat), len(lon))
    values = {
        name: np.broadcast_to(
            np.asarray(series.get(name, mild), dtype=float).reshape(-1, 1, 1), shape
        ).copy()
        for name, mild in MILD.items()
    }
    return xr.Dataset(
        {
            name: (("time", "lat", "lon"), grid, {"units": UNITS[name]})
            for name, grid in values.items()
        },
        coords={
            "time": pd.date_range(start, periods=count, freq="D").to_numpy(),
            "lat": list(lat),
            "lon": list(lon),
        },
    )
