"""Write docs/data-dictionary.md from the table contracts.

Run ``python docs/make_data_dictionary.py`` after a contract was changed; a test compares the
file with what this module writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jdzfire.schemas import (
    ALERTS,
    ATTACHMENTS,
    BURN_LOG,
    CASE_LOG,
    CASES,
    COVERAGE,
    EVENT_LOG,
    EVENTS,
    FETCHES,
    GROWTH,
    HOTSPOT_VERSIONS,
    HOTSPOTS,
    MEMBERS,
    OBSERVATIONS,
    PROPOSALS,
    REGISTERS,
    REJECTED,
    STORED_CRS,
    VERDICTS,
    Contract,
)
from jdzfire.store.ledger_schema import FEED_RUNS, INPUTS, VERDICT_HISTORY
from jdzfire.weather.contract import WEATHER_VARIABLES

TARGET = Path(__file__).with_name("data-dictionary.md")

TABLES: dict[str, tuple[tuple[Contract, str], ...]] = {
    "Observations": (
        (HOTSPOTS, "`archive/hotspots/month=YYYY-MM/*.parquet`, GeoParquet"),
        (HOTSPOT_VERSIONS, "`archive/versions/month=YYYY-MM/*.parquet`, GeoParquet"),
        (REJECTED, "`archive/rejected/kind=KIND/SHA256.parquet`"),
    ),
    "Events and verdicts": (
        (EVENTS, "ledger"),
        (MEMBERS, "ledger"),
        (EVENT_LOG, "ledger, append-only"),
        (GROWTH, "computed when an event is looked at"),
        (VERDICTS, "ledger"),
        (VERDICT_HISTORY, "ledger, append-only"),
    ),
    "Proposals": ((PROPOSALS, "made anew each time, `jdzfire source propose --json`"),),
    "Cases": ((CASES, "ledger"), (CASE_LOG, "ledger, append-only"), (ATTACHMENTS, "ledger")),
    "Alerts": ((ALERTS, "ledger"),),
    "Burns": ((BURN_LOG, "ledger, append-only"),),
    "Registers": tuple(
        (contract, f"`registers/{kind}/current.parquet` and dated versions, GeoParquet")
        for kind, contract in REGISTERS.items()
    ),
    "Bookkeeping": (
        (INPUTS, "ledger"),
        (FEED_RUNS, "ledger"),
        (FETCHES, "ledger"),
        (COVERAGE, "ledger"),
        (OBSERVATIONS, "computed when a page is drawn"),
    ),
}
"""Every table of jdzfire by chapter, with where it lies."""

_HEAD = f"""# Data dictionary

Written by `python docs/make_data_dictionary.py` from the contracts in `jdzfire/schemas` and
`jdzfire/store/ledger_schema.py`. Do not edit it by hand: a test compares the two.

For all tables:

- Geometry is {STORED_CRS}, longitude then latitude, WGS84 degrees.
- Times are aware UTC with microseconds. Beijing time appears only where people read.
- Missing is null. It is never 0, -999 or an empty text.
- "Null: yes" means that the column may be null. "Unique: yes" means that no value comes twice.
- A table may be empty. It then has the same columns, dtypes and CRS.
- Texts that came from outside are kept as written. They are hostile until they are escaped.
"""

_GRIDS = """## Grids

Three kinds of register are grids, not tables.

- `dem`: GeoTIFF of one band, any CRS, elevation in metres.
- `landcover`: GeoTIFF of one band, any CRS, codes of ESA WorldCover.
- `weather`: NetCDF 3 with the dimensions `time`, `lat`, `lon` and these variables, made of whatever
  file came ([data](../data/README.md#grids)); `forecast_from` (time) is when the forecast of a day
  began, null for an analysis. `time`
  has one value for each Beijing day, without a zone. Each variable states its unit in `units`.

| Variable | Unit | Meaning |
|---|---|---|
"""

_WEATHER_WORDS = {
    "tasmax": "highest temperature of the day",
    "hursmin": "lowest relative humidity of the day",
    "tas": "temperature at noon",
    "hurs": "relative humidity at noon",
    "sfcWind": "wind at noon, 10 m above the ground",
    "sfcWindmax": "highest wind of the day",
    "pr": "rain of the 24 h to noon",
}


def write_dictionary() -> str:
    """Text of docs/data-dictionary.md."""
    parts = [_HEAD]
    for chapter, tables in TABLES.items():
        parts.append(f"## {chapter}\n")
        parts += [_section(contract, place) for contract, place in tables]
    rows = [
        f"| `{name}` | {unit} | {_WEATHER_WORDS[name]} |"
        for name, unit in WEATHER_VARIABLES.items()
    ]
    parts.append(_GRIDS + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _section(contract: Contract, place: str) -> str:
    about = str(contract.description)
    lines = [
        f"### {contract.name}",
        "",
        f"{about[0].upper()}{about[1:]}. Kept in: {place}.",
        "",
        "| Column | Dtype | Unit | Null | Unique | Allowed | Meaning |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(name, spec) for name, spec in contract.columns.items()]
    return "\n".join(lines) + "\n"


def _row(name: str, spec: Any) -> str:
    cells = (
        f"`{name}`",
        dtype_of(spec),
        unit_of(spec) or "-",
        "yes" if spec.nullable else "no",
        "yes" if spec.unique else "no",
        "; ".join(_allowed(check) for check in spec.checks) or "-",
        str(spec.description).replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"


def dtype_of(spec: Any) -> str:
    """The dtype as the contract was written."""
    return str(spec.dtype)


def unit_of(spec: Any) -> str:
    """The unit of a column, empty when it has none."""
    return str(spec.metadata.get("unit", ""))


def _allowed(check: Any) -> str:
    data = check.statistics
    if check.name == "isin":
        return ", ".join(f"`{value}`" for value in data["allowed_values"])
    if check.name == "in_range":
        return f"{data['min_value']} to {data['max_value']}"
    words = {"greater_than": "more than {}", "greater_than_or_equal_to": "{} or more"}
    return words[check.name].format(data["min_value"])


if __name__ == "__main__":
    TARGET.write_text(write_dictionary(), encoding="utf-8")
