"""The sentences and captions of the published page, in Simplified Chinese and English.

What belongs here: every word duty staff read that does not come from a table. Words are plain
text, never markup; ``{n}`` and the like are filled where the word is used. The words are where
they are read: ``page`` around the map, ``chart`` on it, ``card`` in its popups; those of the
reports are in :mod:`jdzfire.reports.phrases`.
"""

from __future__ import annotations

from jdzfire.board.labels import Lang
from jdzfire.board.words.card import CARD
from jdzfire.board.words.chart import CHART
from jdzfire.board.words.page import PAGE

__all__ = ["words"]


def words(lang: Lang) -> dict[str, str]:
    """All words of the page in one language."""
    place = 0 if lang == "zh" else 1
    return {key: said[place] for part in (PAGE, CARD, CHART) for key, said in part.items()}
