"""A home opened for analysts: its tables as (Geo)DataFrames, its weather as Datasets.

    import jdzfire

    home = jdzfire.open("jdzfire-home")
    home.events                 # every fire event, a GeoDataFrame
    home.told                   # one row a case with all that statistics ask of it
    home.danger["fwi"]          # fire danger by day, an xarray Dataset
    home.trend("NOAA-20")       # per year, with an interval

Everything is read once, when it is first asked for, and nothing is ever written.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import NotFound, UsageError
from jdzfire.queries.describe import describe_event
from jdzfire.queries.grids import load_danger, load_elevation, load_landcover
from jdzfire.queries.outlook import burned_in_forbidden_weather, burns_between
from jdzfire.queries.season import report_year
from jdzfire.schemas import REGISTERS
from jdzfire.season.agreement import burnt_area_days
from jdzfire.season.calendar import YearKind
from jdzfire.season.counts import count_by_year, count_hotspots, sensors_by_year
from jdzfire.season.detection import detected_fires
from jdzfire.season.durations import step_times
from jdzfire.season.outcomes import outcome_of_permits, repeat_places
from jdzfire.season.report import REFERENCE_SATELLITE, SeasonReport
from jdzfire.season.scorecard import forest_by_township, township_scorecard
from jdzfire.season.told import tell_cases
from jdzfire.season.trend import Trend, fit_trend
from jdzfire.settings import load_settings
from jdzfire.store.archive import load_hotspots
from jdzfire.store.grids import grid_path
from jdzfire.store.home import Home
from jdzfire.store.registers import load_register
from jdzfire.weather.areas import danger_of_areas
from jdzfire.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import xarray as xr


class OpenedHome:
    """A home for reading; see the module.

    Parameters
    ----------
    root : Path or str, optional
        The working folder; default as for the command line.

    Raises
    ------
    NotFound
        The folder is no home.
    StoreError
        It is damaged.
    """

    def __init__(self, root: Path | str | None = None) -> None:
        chosen = Home(load_settings(root).home.expanduser().absolute())
        if not chosen.marker_path.exists():  # reading makes none
            raise NotFound(
                f"{chosen.root} is no home of jdzfire",
                expected="a folder that jdzfire has worked in",
                remedy="make demo, or jdzfire watch --once --home DIR",
            )
        with open_workspace(root) as workspace:
            self.root = workspace.home.root
            self.settings = workspace.settings

    def __repr__(self) -> str:
        return f"jdzfire.open({str(self.root)!r})"

    def _ask(self, question: Any, *given: Any, **options: Any) -> Any:
        """The answer to a query of a workspace."""
        with open_workspace(self.root) as workspace:
            return question(workspace, *given, **options)

    @cached_property
    def hotspots(self) -> gpd.GeoDataFrame:
        """Every hotspot of the archive [HOTSPOTS, EPSG:4326]."""
        return self._ask(lambda workspace: load_hotspots(workspace.home))

    @cached_property
    def _ledger(self) -> dict[str, Any]:
        def read(workspace: Workspace) -> dict[str, Any]:
            ledger = workspace.ledger
            cases = ledger.load_cases()
            return {
                "events": ledger.load_events(),
                "verdicts": ledger.load_verdicts(),
                "members": ledger.load_members(),
                "cases": cases,
                "case_log": ledger.load_case_logs(cases["case_id"]),
            }

        found: dict[str, Any] = self._ask(read)
        return found

    @property
    def events(self) -> gpd.GeoDataFrame:
        """Every event with its verdict [EVENTS and VERDICTS, EPSG:4326], merged ones left out."""
        events = self._ledger["events"]
        kept = events[events["state"] != "merged"]
        joined: gpd.GeoDataFrame = kept.merge(self._ledger["verdicts"], on="event_id", how="left")
        return joined

    @property
    def verdicts(self) -> pd.DataFrame:
        """Verdict in force for each event [VERDICTS]."""
        held: pd.DataFrame = self._ledger["verdicts"]
        return held

    @property
    def members(self) -> pd.DataFrame:
        """Which hotspot belongs to which event [MEMBERS]."""
        held: pd.DataFrame = self._ledger["members"]
        return held

    @property
    def cases(self) -> pd.DataFrame:
        """Cases of the duty room [CASES]."""
        held: pd.DataFrame = self._ledger["cases"]
        return held

    @property
    def case_log(self) -> pd.DataFrame:
        """Everything done to a case [CASE_LOG]; names of people in it are for internal use."""
        held: pd.DataFrame = self._ledger["case_log"]
        return held

    @cached_property
    def told(self) -> pd.DataFrame:
        """One row a case [TOLD_COLUMNS]: when seen, where, what it was, how answered."""
        held = self._ledger
        return tell_cases(held["cases"], held["events"], held["verdicts"], held["case_log"])

    def register(self, kind: str) -> gpd.GeoDataFrame:
        """A register as it stands, for example ``zones``, ``teams``, ``permits``, ``admin``.

        Raises
        ------
        UsageError
            No such register.
        """
        if kind not in REGISTERS:
            raise UsageError(
                "no such register", expected=", ".join(REGISTERS), found=repr(kind[:40])
            )
        return self._ask(lambda workspace: load_register(workspace.home, kind))

    @cached_property
    def permits(self) -> gpd.GeoDataFrame:
        """Burn permits [PERMITS]."""
        return self.register("permits")

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """Forest fire zones [ZONES]."""
        return self.register("zones")

    @cached_property
    def admin(self) -> gpd.GeoDataFrame:
        """City, counties, townships [ADMIN]."""
        return self.register("admin")

    @cached_property
    def teams(self) -> gpd.GeoDataFrame:
        """Fire teams [TEAMS]."""
        return self.register("teams")

    @cached_property
    def weather(self) -> xr.Dataset | None:
        """Weather by day; None when none is registered."""
        from jdzfire.feeds.registers import read_weather

        def read(workspace: Workspace) -> Any:
            path = grid_path(workspace.home, "weather")
            return None if path is None else read_weather(path.read_bytes(), source_name=path.name)

        return self._ask(read)  # type: ignore[no-any-return]

    @cached_property
    def danger(self) -> xr.Dataset | None:
        """Fire danger by day; None when no weather is registered."""
        return self._ask(load_danger)  # type: ignore[no-any-return]

    @cached_property
    def elevation(self) -> xr.DataArray | None:
        """Height of the ground [m]; None when none is registered."""
        return self._ask(load_elevation)  # type: ignore[no-any-return]

    @cached_property
    def landcover(self) -> xr.DataArray | None:
        """Codes of ESA WorldCover; None when none are registered."""
        return self._ask(load_landcover)  # type: ignore[no-any-return]

    @property
    def townships(self) -> gpd.GeoDataFrame:
        """Townships [ADMIN] with the column ``township``."""
        chosen = self.admin[self.admin["level"] == "township"]
        return chosen.assign(township=chosen["name"])

    @cached_property
    def forest(self) -> pd.DataFrame:
        """Forest of each township [ha]."""
        return forest_by_township(self.zones, self.admin)

    @cached_property
    def danger_days(self) -> pd.DataFrame:
        """Danger of each township and day; empty without weather."""
        if self.danger is None or self.townships.empty:
            return pd.DataFrame(
                {
                    "township": pd.Series(dtype="str"),
                    "day": pd.Series(dtype="datetime64[us]"),
                    "danger_grade": pd.Series(dtype="Int64"),
                    "fwi": pd.Series(dtype="float64"),
                }
            )
        return danger_of_areas(
            self.danger, self.townships[["township", "geometry"]], name="township"
        )

    @cached_property
    def burnt_days(self) -> pd.DataFrame:
        """Townships and days on which a fire began."""
        return burnt_area_days(self.told)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """What became of each registered burn."""
        return outcome_of_permits(self.permits, self.verdicts, self.told)

    @cached_property
    def detected(self) -> pd.DataFrame:
        """Fires that people reported, and the first satellite hotspot of each."""
        return detected_fires(self.told, self.members, self.hotspots)

    def years(self) -> list[int]:
        """Beijing calendar years in which an event was seen."""
        seen = self._ledger["events"]["first_seen_at"].dt.tz_convert("Asia/Shanghai").dt.year
        return sorted(int(year) for year in seen.unique())

    def in_year(self, year: int, kind: YearKind = "calendar") -> pd.DataFrame:
        """Told cases of a year, or of the season that began in it."""
        from jdzfire.season.calendar import label_years

        name = str(year) if kind == "calendar" else f"{year}/{(year + 1) % 100:02d}"
        chosen: pd.DataFrame = self.told[label_years(self.told["seen_at"], kind).eq(name)]
        return chosen.reset_index(drop=True)

    def report(self, year: int) -> SeasonReport:
        """The numbers of a calendar year and the bureau's sentence."""
        return self._ask(report_year, year)  # type: ignore[no-any-return]

    def by_year(
        self, kind: YearKind = "calendar", until: tuple[int, int] | None = None
    ) -> pd.DataFrame:
        """Years side by side; see :func:`jdzfire.season.counts.count_by_year`."""
        return count_by_year(self.told, self.permits, kind=kind, until=until)

    def hotspots_by_year(self, satellite: str = REFERENCE_SATELLITE) -> pd.DataFrame:
        """Hotspots of one VIIRS by year; see :func:`jdzfire.season.counts.count_hotspots`."""
        return count_hotspots(self.hotspots, satellite=satellite, instrument="VIIRS")

    def sensors(self) -> pd.DataFrame:
        """Satellites of each year; see :func:`jdzfire.season.counts.sensors_by_year`."""
        return sensors_by_year(self.hotspots)

    def trend(self, *satellites: str, level: float = 0.9) -> Trend:
        """Trend of the hotspots of one or several VIIRS; years they were not whole are left out."""
        tables = [
            self.hotspots_by_year(name).assign(series=name)
            for name in satellites or (REFERENCE_SATELLITE,)
        ]
        counts = pd.concat(tables, ignore_index=True)
        whole = counts[counts["is_whole"]]
        return fit_trend(whole.assign(year=whole["year"].astype(int)), level=level)

    def times(self, year: int | None = None, *, at: datetime | None = None) -> pd.DataFrame:
        """Minutes to each step; see :func:`jdzfire.season.durations.step_times`."""
        told = self.told if year is None else self.in_year(year)
        last = self.hotspots["acquired_at"].max() if at is None else at
        return step_times(told, at=last)

    def scorecard(self, year: int | None = None) -> pd.DataFrame:
        """Scorecard of the townships; see :mod:`jdzfire.season.scorecard`."""
        told = self.told if year is None else self.in_year(year)
        outcomes = self.outcomes
        if year is not None:
            begun = outcomes["valid_from"].dt.tz_convert("Asia/Shanghai").dt.year
            outcomes = outcomes[begun == year]
        return township_scorecard(told, outcomes, self.forest)

    def repeats(self, within_m: float = 1000.0) -> pd.DataFrame:
        """Places that burn again; see :func:`jdzfire.season.outcomes.repeat_places`."""
        return repeat_places(self.told, within_m=within_m)

    def burns(self, first: date, last: date) -> pd.DataFrame:
        """Permitted burns by day, with their weather and advice."""
        return self._ask(burns_between, first, last)  # type: ignore[no-any-return]

    def forbidden_burns(self, year: int) -> pd.DataFrame:
        """Burns of a year seen on days they were not to be lit."""
        return self._ask(burned_in_forbidden_weather, year)  # type: ignore[no-any-return]

    def map(self, events: gpd.GeoDataFrame | None = None, *, lang: str = "zh") -> Any:
        """Events on a Folium map that a notebook shows without network; default all events."""
        from jdzfire.maps.notebook_map import map_events

        return map_events(self.events if events is None else events, self.admin, lang=lang)

    def explain(self, event_id: str) -> dict[str, Any]:
        """All about an event: verdict with reasons, land, weather, growth, nearest teams."""
        return self._ask(describe_event, event_id)  # type: ignore[no-any-return]
