"""Links resolve, examples run, and pages agree with the code they speak of."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest

from jdzfire import schemas
from jdzfire.board.labels import PERMIT_STATUS, TEAM_KIND
from jdzfire.events.rules import EventRules
from jdzfire.feeds.registry import FEEDS
from jdzfire.hotspots.identity import SAME_PLACE_M
from jdzfire.site.publishers import PUBLISHERS
from jdzfire.triage.rules import TriageRules

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Anchors of the headings of a page, as web viewers of Markdown make them."""
    heads = re.findall(r"^#+ (.+)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", head.lower()) for head in heads]
    return {head.replace(" ", "-") for head in plain}


def links() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for target in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
            if not re.match(r"[a-z]+:", target):
                found.append((page.relative_to(ROOT).as_posix(), target))
    return found


def test_pages_have_links() -> None:
    assert {page for page, _ in links()} >= {"README.md", "docs/architecture.md"}


@pytest.mark.parametrize(("page", "target"), links())
def test_relative_links_resolve(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    there = (ROOT / page).parent / path if path else ROOT / page
    assert there.exists(), f"{page} links to {target}"
    if anchor:
        assert anchor in anchors(there), f"{page} links to {target}"


@pytest.mark.parametrize(
    "page", [p for p in PAGES if ">>> " in p.read_text(encoding="utf-8")], ids=lambda p: p.name
)
def test_examples_in_pages_run(page: Path) -> None:
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0
    assert result.failed == 0


def test_readme_is_short_and_shows_the_two_commands_of_the_makefile() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 180
    targets = re.findall(
        r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    for command in ("make demo", "make test"):
        assert f"```sh\n{command}\n```" in text
        assert command.split()[1] in targets


def test_make_targets_told_anywhere_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"`make ([a-z]+)`", page.read_text(encoding="utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page.name}: make {target}"


def test_layers_of_the_architecture_page_are_those_that_are_checked() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    stated = text.split("<!-- layers")[1].split("```text\n")[1].split("\n```")[0].splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert stated == project["tool"]["importlinter"]["contracts"][0]["layers"]


def test_every_room_is_on_the_architecture_page() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [p.parent.name + "/" for p in (ROOT / "jdzfire").glob("*/__init__.py")]
    rooms += [p.name for p in (ROOT / "jdzfire").glob("*.py") if p.name != "__init__.py"]
    assert len(rooms) > 15
    assert [room for room in rooms if f"`{room}`" not in text] == []


def test_glossary_has_every_code_with_its_chinese_name() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    pairs = [*schemas.VERDICT_ZH.items(), *schemas.CASE_STATUS_ZH.items()]
    pairs += [*schemas.CATEGORY_ZH.items(), *schemas.REPORTERS_ZH.items()]
    pairs += [(code, names[0]) for code, names in {**PERMIT_STATUS, **TEAM_KIND}.items()]
    near = [re.search(rf"`{code}`[ |]+{zh}", text) for code, zh in pairs]
    assert [pair for pair, found in zip(pairs, near, strict=True) if not found] == []


def test_glossary_has_every_other_code() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    codes = [*schemas.EVENT_STATES, *schemas.PERMIT_STATUSES, *schemas.TEAM_KINDS]
    codes += [*schemas.ADMIN_LEVELS, *schemas.INSTRUMENTS, *schemas.CONFIDENCE_CLASSES, *FEEDS]
    assert [code for code in codes if f"`{code}`" not in text] == []
    assert [product for product in schemas.PRODUCT_RANK if product not in text] == []


def test_glossary_tells_which_answers_are_fires() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    chapter = text.split("## Answers of the field")[1].split("\n## ")[0]
    stated = dict(re.findall(r"^\| `(\w+)` \| \S+ \| (yes|no) \|$", chapter, re.MULTILINE))
    known = {c: "yes" if c in schemas.FIRE_CATEGORIES else "no" for c in schemas.CATEGORY_ZH}
    assert stated == known


def adr(number: int) -> str:
    page = next((ROOT / "docs" / "adr").glob(f"{number:04d}-*.md"))
    return " ".join(page.read_text(encoding="utf-8").split())


def test_numbers_in_the_decisions_are_the_defaults() -> None:
    events, triage = EventRules(), TriageRules()
    assert f"at most {SAME_PLACE_M:g} m apart" in adr(2)
    assert f"at least {triage.heat_min_dates} dates" in adr(4)
    assert f"else {triage.heat_new_frp_mw:g} MW" in adr(4)
    assert f"below {triage.heat_frp_floor_mw:g} MW" in adr(4)
    assert f"ends {triage.heat_past_gap_h:g} h before" in adr(4)
    assert f"with {triage.smoulder_h:g} h of grace" in adr(4)
    assert f"Less than {100 * triage.outside_max_share:g} %" in adr(4)
    assert f"at most {events.gap_m:g} m and times at most {events.link_h:g} h" in adr(7)
    assert f"touch and times at most {events.end_h:g} h" in adr(7)
    assert f"`dormant` from {events.dormant_h:g} h" in adr(7)


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "adr"
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in folder.glob("0*.md") if f"({p.name})" not in text] == []


def test_feeds_and_files_of_an_edition_are_told() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [feed for feed in FEEDS if f"`{feed}`" not in commands] == []
    for name in (
        "index.html",
        "bulletin.md",
        "bulletin.txt",
        "unresolved.geojson",
        "papers/handover.html",
        "papers/daily.html",
        "status.json",
    ):
        assert f"`{name}`" in text
    exports = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    assert "docs/exports.md" in text or "exports.md" in text
    for name in ("events.gpkg", "events.kml", "events.xlsx", "events.csv", "stac-item.json"):
        assert f"`exports/{name}`" in exports
    stated = {"map", "bulletin", "geojson", "gpkg", "kml", "sheets", "feedback", "papers"}
    assert set(PUBLISHERS) == stated, "tell the new publisher's files"


def messages() -> list[str]:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    chapter = text.split("## Common messages")[1].split("\n## ")[0]
    firsts = [line.split(" | ")[0] for line in chapter.splitlines() if line.startswith("| `")]
    return [message for first in firsts for message in re.findall(r"`([^`]+)`", first)]


@pytest.mark.parametrize("message", messages())
def test_messages_told_are_messages_of_the_programme(message: str) -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "jdzfire").rglob("*.py"))
    )
    parts = [part.strip(" :") for part in re.split(r"\.\.\.|\bn of m\b|\bfirms\b", message)]
    pieces = [part for part in parts if len(part) > 3]
    assert pieces
    assert [piece for piece in pieces if piece not in source] == []
