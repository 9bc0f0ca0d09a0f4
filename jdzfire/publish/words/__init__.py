"""The sentences and captions of the published page, in Simplified Chinese and English.

What belongs here: every word duty staff read that does not come from a table. Words are plain
text, never markup; ``{n}`` and the like are filled where the word is used. The words stand where
they are read: ``page`` around the map, ``chart`` on it, ``card`` in its popups; those of the
papers are in :mod:`jdzfire.publish.papers.phrases`.
"""

from __future__ import annotations

from jdzfire.publish.labels import Lang
from jdzfire.publish.words.card import CARD
from jdzfire.publish.words.chart import CHART
from jdzfire.publish.words.page import PAGE

__all__ = ["words"]


def words(lang: Lang) -> dict[str, str]:
    """All words of the page in one language."""
    place = 0 if lang == "zh" else 1
    return {key: said[place] for part in (PAGE, CARD, CHART) for key, said in part.items()}
