from __future__ import annotations

import pytest
from matplotlib.font_manager import fontManager

from jdzfire.season.figures import FIGURES, render_png
from jdzfire.season.fonts import CJK_FONTS, SHIPPED, choose_font
from tests.season.test_report import season

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FIGURES))
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("has_font", [True, False])
def test_every_figure_is_drawn_without_a_missing_glyph(
    name: str, lang: str, has_font: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # warnings are errors: a missing glyph would fail
    if not has_font:
        choose_font()  # registers the shipped one
        monkeypatch.setattr("jdzfire.season.style.choose_font", lambda: SHIPPED)
    report = season()
    image = render_png(FIGURES[name](report, lang=lang))
    assert image.startswith(PNG)
    assert image == render_png(FIGURES[name](report, lang=lang))


def test_the_shipped_font_has_what_the_words_of_figures_need() -> None:
    from fontTools.ttLib import TTFont

    from jdzfire.season import fonts

    known = set(TTFont(fonts._FILE).getBestCmap())
    text = "立案调度处置核查为火情报备炼山热点景德镇市浮梁县乐平市昌江区珠山区“”，。：；（）〔〕→±≥"
    assert {sign for sign in text if ord(sign) not in known} == set()
    assert (fonts._FILE.parent / "OFL.txt").read_text().count("SIL OPEN FONT LICENSE") == 1


def test_bars_are_the_numbers() -> None:
    lower = FIGURES["months"](season(), lang="en").axes[1]
    handled = [bar.get_height() for bar in lower.containers[0]]
    assert handled == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]


def test_a_hostile_county_is_drawn_as_text() -> None:
    report = season()
    hostile = report.by_county.assign(
        county=[r"$\frac{a}{b", "<img>", "$x$"][: len(report.by_county)]
    )
    object.__setattr__(report, "by_county", hostile)
    assert render_png(FIGURES["counties"](report)).startswith(PNG)


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        (["Arial"], SHIPPED),
        (["SimHei", "Arial"], "SimHei"),
        (list(CJK_FONTS), CJK_FONTS[0]),
        ([], SHIPPED),
    ],
)
def test_the_best_installed_font_is_chosen(installed: list[str], chosen: str) -> None:
    assert choose_font(installed) == chosen


def test_without_any_chinese_font_the_shipped_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.font_manager import findfont

    plain = [font for font in fontManager.ttflist if font.name.startswith("DejaVu")]
    monkeypatch.setattr(fontManager, "ttflist", plain)
    assert choose_font() == SHIPPED
    assert findfont(SHIPPED, fallback_to_default=False).endswith("JdzfireSans.otf")
