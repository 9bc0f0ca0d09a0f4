from __future__ import annotations

import pytest
from matplotlib.font_manager import fontManager

from jdzfire.season.figures import FIGURES, render_png
from jdzfire.season.fonts import CJK_FONTS, choose_font
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
        monkeypatch.setattr("jdzfire.season.figures.choose_font", lambda: None)
    elif choose_font() is None:
        pytest.skip("no Chinese font is installed")
    report = season()
    image = render_png(FIGURES[name](report, lang=lang))
    assert image.startswith(PNG)
    assert image == render_png(FIGURES[name](report, lang=lang))


def test_without_a_chinese_font_the_labels_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jdzfire.season.figures.choose_font", lambda: None)
    axes = FIGURES["verdicts"](season(), lang="zh").axes[0]
    assert "unresolved" in [label.get_text() for label in axes.get_yticklabels()]


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
        (["Arial"], None),
        (["SimHei", "Arial"], "SimHei"),
        (list(CJK_FONTS), CJK_FONTS[0]),
        ([], None),
    ],
)
def test_the_best_installed_font_is_chosen(installed: list[str], chosen: str | None) -> None:
    assert choose_font(installed) == chosen


def test_a_font_installed_after_matplotlib_made_its_list_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if choose_font() is None:
        pytest.skip("no Chinese font is installed")
    monkeypatch.setattr(fontManager, "ttflist", [])
    assert choose_font() in CJK_FONTS
