"""Plain layers as one GeoPackage, without styles."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from jdzfire.board.text import clean

_VERSION = "1.2"
"""Of the GeoPackage standard; a newer one makes programs of before 2023 warn at every layer."""


def layers_gpkg(layers: Mapping[str, tuple[gpd.GeoDataFrame, str]]) -> bytes:
    """A GeoPackage with a layer for each table.

    Parameters
    ----------
    layers : mapping of (GeoDataFrame, str)
        By name; the second is the type of the shapes, such as "Point".

    Returns
    -------
    bytes
        EPSG:4326.
    """
    with tempfile.TemporaryDirectory(prefix="jdzfire-") as folder:
        path = Path(folder) / "layers.gpkg"
        for number, (name, (table, kind)) in enumerate(layers.items()):
            texts = [
                column
                for column in table.columns
                if column != "geometry" and pd.api.types.is_string_dtype(table[column])
            ]
            pyogrio.write_dataframe(
                table.to_crs(4326).assign(**{one: table[one].map(clean) for one in texts}),
                path,
                layer=name,
                driver="GPKG",
                geometry_type=kind,
                append=number > 0,
                dataset_options={"VERSION": _VERSION},
            )
        return path.read_bytes()
