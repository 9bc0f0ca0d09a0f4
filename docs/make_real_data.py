"""Write docs/real-data.md: what the rules do to real records, measured.

Run ``python docs/make_real_data.py [FOLDER]`` from the repository's top, some minutes. FOLDER holds
the real data and is ``../shared/data`` by default; the data are no part of the repository and the
page holds figures only. Without the folder nothing is written.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import measure_real_data as measure

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "real-data.md"
SHARED = DOCS.parent.parent / "shared" / "data"

HEAD = """# Real data: what the rules do to records of the world

Written by `python docs/make_real_data.py FOLDER`; not edited by hand. The folder holds public real
data (NASA FIRMS, prescribed-burn records of California, NASA FEDS, county borders) that are no part
of this repository; this page holds only figures made of them. All rules are at their defaults
([settings](settings.md)). None of these data has a permit of Jingdezhen in it, and none tells which
hotspot was a wildfire: how many fires the rules would miss is asked of simulated seasons alone
([accuracy](accuracy.md)).
"""


def write_page(folder: Path) -> str:
    """The page's text."""
    parts = [
        HEAD,
        describe_sources(measure.measure_sources(folder)),
        describe_sites(measure.measure_works(folder)),
        describe_burns(measure.measure_burns(folder), measure.measure_windows(folder)),
        tell_creek(measure.measure_creek(folder), measure.measure_creek_rules(folder)),
        tell_fuliang(measure.measure_fuliang(folder)),
    ]
    return "\n".join(parts)


def describe_sources(data: dict[str, Any]) -> str:
    """Heat sources nobody registered."""
    proposed, right, found, sites = (
        data["proposed"],
        data["right"],
        data["found"],
        len(data["sites"]),
    )
    others = data["others"]
    wet = int((others["type_3"] > others["type_0"]).sum())
    types = data["types"]
    lines = [
        "## Heat-source proposals beside NASA's own static sources",
        "",
        "Ukraine, S-NPP VIIRS standard product, 25 February to 22 May 2021: "
        f"{data['hotspots']:,} hotspots, of which {types[0]:,} vegetation (type 0), {types[2]:,} "
        f"static land source (2), {types[3]:,} offshore (3). Proposals are made with the types "
        "taken out (with them the proposals are the same: "
        f"{'yes' if data['same_with_types'] else 'NO'}).",
        "",
        "Truth by place: hotspots of type 2 at most 500 m apart are one site (single link); "
        f"{data['all_sites']} sites, {sites} of them seen on at least 6 dates. A proposal is right "
        "when a hotspot of type 2 lies within 700 m of it; a site is found when a proposal lies "
        "within 700 m of its middle.",
        "",
        "| | |",
        "|---|---|",
        f"| proposals | {proposed} |",
        f"| right (type 2) | {right} ({right / proposed:.1%}) |",
        f"| right, or mostly of type 3 | {right + wet} ({(right + wet) / proposed:.1%}) |",
        f"| sites of 6 dates found | {found} of {sites} ({found / sites:.1%}) |",
        f"| hot again in spring 2022, right ones | {data['again_right']} of {right} |",
        f"| hot again in spring 2022, the others | {data['again_others']} of {len(others)} |",
        "| hot again in spring 2022, 1,000 places of vegetation fires | "
        f"{data['again_fires']:.1%} |",
        "",
        "*Hot again*: on at least 3 dates within 500 m in the near-real-time file of 24 February "
        "to 22 May 2022, which no rule saw. That was a year of war, and industry stood still.",
        "",
        "The proposals that are not of type 2:",
        "",
        "| dates | hotspots | by night | type 0 | type 3 | next type 2 [km] | dates in 2022 |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row['dates']} | {row['hotspots']} | {row['night_share']:.0%} | {row['type_0']} "
            f"| {row['type_3']} | {row['nearest_km']:.1f} | {row['again']} |"
            for row in others.to_dict("records")
        ),
        "",
        "Hotspots of type 3 over rivers and reservoirs are industrial sites on the bank whose "
        "pixels count as water [K]. All of these places look like such sites in every measure the "
        "rules have, so no rule was changed for them. The distance between places and the number "
        "of spells were chosen with this archive in sight ([settings](settings.md)); the other "
        "rules were not.",
        "",
        "The sites of 6 dates that were not proposed:",
        "",
        "| dates | hotspots | months | days from first to last |",
        "|---|---|---|---|",
        *(
            f"| {row['dates']} | {row['hotspots']} | {row['months']} | {row['span_days']} |"
            for row in data["missed"].to_dict("records")
        ),
        "",
        "What limits recall here is the length of the archive: the rules ask for three months, 60 "
        "days, four separate spells, and at most half of the dates within 14 days, and there are "
        "87 days.",
        "",
        "| least dates | proposals | right | sites found |",
        "|---|---|---|---|",
        *(
            f"| {dates}{' (rule)' if dates == 6 else ''} | {count} | {good} ({good / count:.0%}) "
            f"| {hit} of {sites} |"
            for dates, count, good, hit in data["by_dates"]
        ),
        "",
        "| gap within a site [m] | sites of 6 dates | found |",
        "|---|---|---|",
        *(
            f"| {gap}{' (used)' if gap == 500 else ''} | {count} | {hit} ({hit / count:.0%}) |"
            for gap, count, hit in data["by_gap"]
        ),
        "",
    ]
    return _wrapped(lines)


BEFORE = {"questions": 54, "a_quarter": 1.74, "explained": 0.875}
"""The same measure with the rules of before 2026-11-27."""


def describe_sites(data: dict[str, Any]) -> str:
    """Registered industrial sites that are always hot."""
    lines = [
        "## Registered industrial sites that burn every night",
        "",
        f"The same archive: {data['works']} sites of type 2 are registered as heat sources, "
        "without a start, each the hull of its hotspots and 250 m more. Their "
        f"{data['hotspots']:,} hotspots of {data['days']} days come in pass by pass. There is "
        "nothing else to see, so each event that asks about a site that was explained "
        "before, or answered since, is one question too many.",
        "",
        "| | before | now |",
        "|---|---|---|",
        f"| questions | {BEFORE['questions']} | {data['questions']} |",
        f"| questions a site a quarter | {BEFORE['a_quarter']:.2f} | {data['a_quarter']:.2f} |",
        f"| hotspots explained on arrival | {BEFORE['explained']:.1%} | {data['explained']:.1%} |",
        "",
        "*Before*: a pass with more pixels than usual kept its event open for ever. *Now*: a site "
        "that has gone on as usual for five passes since is explained again "
        "([settings](settings.md)).",
        "",
    ]
    return _wrapped(lines)


def describe_burns(data: dict[str, Any], windows: dict[str, Any]) -> str:
    """Permits."""
    spots = data["hotspots"]
    lines = [
        "## Registered burns beside hotspots, and beside chance",
        "",
        f"California, {data['records']:,} records of prescribed burns 2017 to 2022 (PFIRS): "
        f"{data['impossible']} at impossible places and {data['repeated']} repeated ones were "
        f"rejected when they were read, {data['burns']:,} burns are left. A burn has a date, so it "
        "is "
        "valid that whole day in local time; a point and acres make its lot. They are burns done, "
        "not permits, and nothing shows which hotspot was one of them.",
        "",
        f"{spots} MODIS hotspots on {data['days']} local days, wildfires among them; "
        f"{data['burns_on_days']} burns on these days, of which {data['burns_matched']} explain a "
        "hotspot by our rules of place and time.",
        "",
        "*By chance*: the times are dealt anew among all burns, or among the burns of one calendar "
        f"month, their places kept; {measure.SHUFFLES} times, mean and the range of 95 of 100. "
        "*Lift* is observed over chance.",
        "",
        "| rule | hotspots explained | times dealt among | by chance | 95 % | lift |",
        "|---|---|---|---|---|---|",
    ]
    for (rule, group), chance in data["levels"].items():
        low, high = chance.interval
        lines.append(
            f"| {rule} | {chance.observed} ({chance.observed / spots:.1%}) | {group} "
            f"| {chance.mean:.1f} ({chance.mean / spots:.1%}) | {low:.0f}-{high:.0f} "
            f"| {chance.lift:.1f} |"
        )
    lines += [
        "",
        "The last rule stands for 'same county, same day': no county borders of California are at "
        f"hand, and {measure.COUNTY_KM:.0f} km is the radius of a circle as large as its mean "
        "county [K]. Dealing within a month keeps the season with its places, so that is the "
        "stricter level; where a unit burns for many days at one place it counts the same burn on "
        "another day as chance.",
        "",
        f"CalMAPPER 2020: {windows['matches']} published matches of VIIRS hotspots with "
        f"{windows['activities']} activities of known start and end (median "
        f"{windows['days_median']:.0f} days). By our reading of local days {windows['inside']} lie "
        f"inside, {windows['first_day']} of them on the first day. All inside means that the study "
        "chose them by these times; so this tests our reading of days and no more. The hotspots "
        "have no places in it.",
        "",
    ]
    return _wrapped(lines)


def tell_creek(data: dict[str, Any], rules: list[tuple[float, float, float, int, float]]) -> str:
    """Events."""
    splits = data["apart_m"]
    on, near = sum(m == 0 for m in splits), sum(0 < m <= 500 for m in splits)
    far = [m / 1000 for m in splits if m > 500]
    sizes = data["sizes"]
    lines = [
        "## One large fire: the Creek Fire of 2020",
        "",
        f"{data['hotspots']:,} S-NPP VIIRS hotspots of one known fire, 5 September to 27 November "
        f"2020, in {data['passes']} passes (4 rows share satellite, minute and four decimals with "
        "another and are one hotspot).",
        "",
        "| fed pass by pass | |",
        "|---|---|",
        f"| events | {data['events']} |",
        f"| hotspots in the largest | {sizes[0]:,} ({data['largest_share']:.2%}) |",
        f"| hotspots in the next | {', '.join(str(n) for n in sizes[1:6])} |",
        f"| merged into others on the way | {data['merged']} |",
        "| the id of the first pass is that of the largest at the end | "
        f"{'yes' if data['largest_keeps_first_id'] else 'NO'} |",
        f"| hotspots whose event changed otherwise than by a merge | {data['renamed']} |",
        f"| the same events as all at once | {'yes' if data['same_at_once'] else 'NO'} |",
        f"| seconds, pass by pass | {data['seconds']:.0f} |",
        f"| seconds, all at once | {data['seconds_once']:.0f} |",
        "",
        f"Of the {len(splits)} smaller events {on} lie on ground the largest covered at some time, "
        f"{near} within 500 m of it, and {len(far)} at {min(far):.1f} to {max(far):.1f} km, where "
        f"no rule of nearness should join them. Of those on its ground {data['again']} burnt where "
        "the largest had been more than five days before, when its event no longer waits for "
        "that place. What other rules would give:",
        "",
        "| gap [m] | link [h] | end [h] | events | in the largest |",
        "|---|---|---|---|---|",
        *(
            f"| {gap:.0f} | {link:.0f} | {end:.0f} | {count} | {share:.2%} |"
            for gap, link, end, count, share in rules
        ),
        "",
    ]
    return _wrapped(lines)


def tell_fuliang(data: dict[str, Any]) -> str:
    """A day at home."""
    counties = ", ".join(f"{name} {count}" for name, count in data["counties"].items())
    sizes = ", ".join(str(size) for size in data["sizes"])
    lines = [
        "## A day at home: 26 and 27 February 2022",
        "",
        f"MODIS, the world file of 24 hours: {data['hotspots']} hotspots inside the city by county "
        f"borders read as GCJ-02 ({counties}). They are {len(data['sizes'])} events of {sizes} "
        f"hotspots. Were the borders taken for WGS84, which they are not, {data['moved']} of them "
        f"would change county. Of {data['seen']} MODIS hotspots in the city in the snapshots of "
        f"December 2021 to November 2024, {data['seen_moved']} would.",
        "",
    ]
    return _wrapped(lines)


def _wrapped(lines: list[str]) -> str:
    """Paragraphs broken at 100 characters; headings and tables as they are."""
    return "\n".join(
        line if line.startswith(("|", "#")) else textwrap.fill(line, 100) for line in lines
    )


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    absent = [name for name in measure.FILES if not (chosen / name).exists()]
    if absent:
        sys.exit(
            f"no real data in {chosen}: {absent[0]} is not there. The page stays as it is; name "
            "the folder: python docs/make_real_data.py FOLDER"
        )
    PAGE.write_text(write_page(chosen), encoding="utf-8")
