"""Commands on weather: archives of days and danger, and permitted burns by their weather."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    echo,
    home_of,
    parse_time,
    print_json,
    records,
)
from jdzfire.errors import UsageError

FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Weather files of one kind and grid.")
]
ToOption = Annotated[Path, typer.Option("--to", help="New archive: NAME.zarr or NAME.nc.")]
PlaceOption = Annotated[
    str | None,
    typer.Option("--place", metavar="LON,LAT", help="Where the station of the tables stands."),
]

app = typer.Typer(no_args_is_help=True, help="Weather, fire danger, and burns by their weather.")


@app.command()
def days(
    files: FilesArgument, to: ToOption, place: PlaceOption = None, json_: JsonOption = False
) -> None:
    """Make days of the Beijing clock of ERA5, GFS, CMA or station files."""
    from jdzfire.feeds.weather_archive import open_days, write_archive

    made = open_days(files, place=_place(place))
    write_archive(made, to, made_of=[path.name for path in files])
    _say(made, to, json_)


@app.command()
def danger(
    files: FilesArgument,
    to: ToOption,
    place: PlaceOption = None,
    overwinter: Annotated[
        bool, typer.Option("--overwinter", help="Stop the FWI in winter; not for the south.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Fire danger of every day of weather files: FWI and the grade after LY/T 1172-95."""
    from jdzfire.feeds.weather_archive import open_days, write_archive
    from jdzfire.weather.danger import danger_of_days

    made = danger_of_days(open_days(files, place=_place(place)), overwinter=overwinter)
    write_archive(made, to, made_of=[path.name for path in files])
    _say(made, to, json_)


@app.command()
def burns(
    context: typer.Context,
    day: Annotated[
        str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="Beijing day; tomorrow.")
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Burns of a past year seen on forbidden days.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A sheet: NAME.html or NAME.docx.")
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Permitted burns of a day: may they be lit, and why; or those lit on forbidden days."""
    from jdzfire.queries.outlook import burned_in_forbidden_weather, burns_between
    from jdzfire.workspace import open_workspace

    if day is not None and year is not None:
        raise UsageError("--day and --year exclude each other", remedy="give one of them")
    on = _day(day) if day else (parse_time(now) + timedelta(hours=32)).date()
    with open_workspace(home_of(context, home)) as workspace:
        if year is None:
            found = burns_between(workspace, on, on)
        else:
            found = burned_in_forbidden_weather(workspace, year)
        lang = lang or workspace.settings.lang
    if out is not None:
        _write_sheet(found, out, on, parse_time(now), lang, year)
        return
    rows = records(found)
    if json_:
        print_json({"day": None if year else on.isoformat(), "year": year, "burns": rows})
        return
    for row in rows:
        typer.echo(_line(row, "zh" if lang == "zh" else "en"))
    if not rows:
        typer.echo("无" if lang == "zh" else "none")


def _write_sheet(
    found: Any, out: Path, on: date, at: datetime, lang: str, year: int | None
) -> None:
    from jdzfire.cli.output import keep_file
    from jdzfire.reports.burns import write_burns
    from jdzfire.reports.render_docx import render_docx
    from jdzfire.reports.render_html import render_html

    if year is not None or out.suffix not in (".html", ".docx"):
        raise UsageError(
            "the sheet is of one day, as a page or a document",
            expected="--day, and NAME.html or NAME.docx",
            found=out.name if year is None else f"--year {year}",
        )
    report = write_burns(found, day=on, at=at, lang="zh" if lang == "zh" else "en")
    data = render_docx(report) if out.suffix == ".docx" else render_html(report)
    keep_file(out, data, {"day": on.isoformat(), "burns": len(found)}, as_json=False)


def _line(row: dict[str, Any], lang: str) -> str:
    from jdzfire.triage.burn_days import ADVICE

    named = ADVICE[row["advice"]][0 if lang == "zh" else 1]
    where = " ".join(str(row[name]) for name in ("county", "township") if row[name])
    forecast = {True: "（预报）" if lang == "zh" else " (forecast)"}.get(row["is_forecast"], "")
    seen = row.get("hotspot_count")
    count = "" if seen is None else (f"，热点{seen}个" if lang == "zh" else f", {seen} hotspots")
    why = f"{row[f'reasons_{lang}']}{forecast}{count}"
    return f"{row['day']:%Y-%m-%d} {row['permit_id']} {where} {named}：{why}"


def _say(made: Any, to: Path, as_json: bool) -> None:
    span = [str(made["time"].to_numpy()[place])[:10] for place in (0, -1)]
    cells = made.sizes["lat"] * made.sizes["lon"]
    if as_json:
        shape = {"days": made.sizes["time"], "cells": cells}
        print_json({"path": to, "from": span[0], "to": span[1], **shape})
        return
    typer.echo(f"{to}: {made.sizes['time']} days {span[0]} to {span[1]}, {cells} cells")
    if "approximated" in made.attrs:
        echo(f"note: approximated: {made.attrs['approximated']}")


def _place(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            "the place is no place", expected="LON,LAT [degree]", found=repr(text[:40])
        ) from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise UsageError(
            "the place is not on the earth", expected="LON,LAT [degree]", found=text[:40]
        )
    return lon, lat


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError as error:
        raise UsageError(
            "the day is no day", expected="YYYY-MM-DD", found=repr(text[:40])
        ) from error
