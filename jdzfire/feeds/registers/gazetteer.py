"""Places known only by a name: found among villages and townships that are registered."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.crs import metric_crs

_TAIL = re.compile(r"(自然村|行政村|村委会|居委会|村民委员会|社区|村|组|屯|寨)$")


@dataclass(frozen=True)
class GazetteerRules:
    """How well a place is known by its name alone."""

    village_error_m: float = 1500.0
    """A burn "at" a village lies on its hills: within about its radius of land [K]."""
    town_error_m: float = 3000.0
    """The same for a market town [K]."""
    township_error_factor: float = 1.0
    """Of the radius of a circle of the township's area, when only the township is named [C]."""


@dataclass(frozen=True)
class Named:
    """What a name led to."""

    lon: float = math.nan
    """WGS84 [degree]; NaN when nothing was found."""
    lat: float = math.nan
    """WGS84 [degree]."""
    error_m: float = math.nan
    """Position error [m]."""
    fault: str = ""
    """``place_unknown`` or ``place_ambiguous`` when there is no place."""
    detail: str = ""
    """What was found instead."""


class Gazetteer:
    """Names of the registered settlements and townships.

    Parameters
    ----------
    settlements : GeoDataFrame [SETTLEMENTS]
    admin : GeoDataFrame [ADMIN]
    rules : GazetteerRules, optional
    """

    def __init__(
        self,
        settlements: gpd.GeoDataFrame,
        admin: gpd.GeoDataFrame,
        *,
        rules: GazetteerRules | None = None,
    ) -> None:
        self._rules = rules or GazetteerRules()
        self._villages = _with_stem(settlements)
        towns = admin[admin["level"] == "township"]
        self._towns = _with_stem(towns)
        self._radius_m = _radii_m(towns)

    def find(self, text: str, *, county: str | None = None, township: str | None = None) -> Named:
        """The place a text names.

        A village is searched first, within the county and township that are given in the row or
        named in the text; the longest name found counts. Without a village the township counts,
        with its own size as error. Two villages of one name that nothing distinguishes are no
        answer.
        """
        where = " ".join(part for part in (county, township, text) if part)
        towns = self._towns[_mask([name in where for name in self._towns["name"]])]
        found = self._villages[_mask([bool(s) and s in text for s in self._villages["stem"]])]
        if (found["kind"] == "village").any():  # the town is named only to identify the village
            found = found[found["kind"] == "village"]
        if len(found):
            found = found[found["stem"].str.len() == found["stem"].str.len().max()]
            found = _within(found, "township", township, towns)
            found = _within(found, "county", county, towns.iloc[:0])
            return self._one_village(found)
        if len(towns) == 1:
            return self._township(towns)
        if len(towns) > 1:
            return Named(fault="place_ambiguous", detail=_listed(towns["name"]))
        return Named(fault="place_unknown", detail="no registered village or township in the name")

    def _one_village(self, found: gpd.GeoDataFrame) -> Named:
        if len(found) > 1:
            names = [
                f"{row.county or ''}{row.township or ''}{row.name_}"
                for row in found.rename(columns={"name": "name_"}).itertuples()
            ]
            return Named(fault="place_ambiguous", detail=_listed(pd.Series(names)))
        row = found.iloc[0]
        rules = self._rules
        error_m = rules.village_error_m if row["kind"] == "village" else rules.town_error_m
        return Named(float(row.geometry.x), float(row.geometry.y), error_m)

    def _township(self, towns: gpd.GeoDataFrame) -> Named:
        inside = towns.geometry.iloc[0].representative_point()
        error_m = self._radius_m[towns.index[0]] * self._rules.township_error_factor
        return Named(float(inside.x), float(inside.y), float(error_m))


def _mask(holds: list[bool]) -> NDArray[np.bool_]:
    """A mask also when it is empty: an empty list would choose columns."""
    return np.array(holds, dtype=bool)


def _with_stem(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with names as commonly shortened: 银坑村 is 银坑."""
    stems = [_TAIL.sub("", str(name)) for name in table["name"]]
    return table.assign(stem=pd.Series(stems, index=table.index, dtype="str"))


def _within(
    found: gpd.GeoDataFrame, column: str, stated: str | None, towns: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Of several candidates those in the stated area, if any."""
    names = {stated} if stated else set(towns["name"])
    inside = found[found[column].isin(names)] if names else found.iloc[:0]
    return inside if len(found) > 1 and len(inside) else found


def _radii_m(towns: gpd.GeoDataFrame) -> pd.Series:
    if towns.empty:
        return pd.Series(dtype="float64")
    west, south, east, north = (float(v) for v in towns.total_bounds)
    areas = towns.to_crs(metric_crs((west, south, east, north))).area
    radii: pd.Series = np.sqrt(areas / math.pi)
    return radii


def _listed(names: pd.Series) -> str:
    return "could be " + ", ".join(sorted(set(map(str, names)))[:6])
