"""Sentences of verdicts for the public edition: without names, offices' numbers and whereabouts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from jdzfire.board.board import REDACTED, Board
from jdzfire.schemas import Reason, decode_reasons, encode_reasons

_NAMES = {
    "permits": ("applicant", "contact", "phone"),
    "teams": ("leader", "phone"),
    "nearby": ("name", "phone"),
    "heat_sources": ("approved_by",),
    "zones": ("name", "forest_farm"),
}
"""Private columns whose words a sentence may quote."""

_PHONE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?![\d.])")
_MEASURED = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(?:米|公里|千米|km\b|m\b|°|%)")
_SCORE = re.compile(r"(?<=得分)\d+(?:\.\d+)?|(?<=\bscore )\d+(?:\.\d+)?")
_FROM_PLACE = ("_m", "_km", "_deg", "_share", "lon", "lat")
"""How names of values end that are measured from a place."""
_LEAST_DIGITS = 5
"""A shorter number of digits alone may be any count in a sentence; it is replaced only after the
word for a permit [K]."""


def without_words(
    verdicts: pd.DataFrame,
    board: Board,
    *,
    numbers: Mapping[str, str],
    reported: set[str],
) -> pd.Series:
    """Reasons that name nobody, no office's number, and no distance to what is not shown.

    Parameters
    ----------
    verdicts : DataFrame [VERDICTS], n rows
    board : Board
        Whose registers hold the names; not cut yet.
    numbers : mapping of str
        Office's id -> number of the edition.
    reported : set of str
        Events with a ground report: distances, shares and heat sources leave their sentences too.

    Returns
    -------
    Series of str, n
        In the order of the verdicts.

    Notes
    -----
    About the length of the sentences times the number of lengths names have; the number of names
    does not matter.
    """
    own = {one: number for one, number in numbers.items() if _is_telling(one)}
    names = dict.fromkeys(_private_names(board), REDACTED)
    words = _Words(_by_length(own | names), numbers)
    sources = (str(name).strip() for name in board.heat_sources["name"].dropna())
    near = dict.fromkeys((name for name in sources if len(name) > 1), REDACTED)
    nearby = _Words(_by_length(own | names | near), numbers)
    made: dict[tuple[str, bool], str] = {}
    found = []
    for text, event_id in zip(verdicts["reasons"], verdicts["event_id"], strict=True):
        key = (text, event_id in reported)
        if key not in made:
            made[key] = _cut_reasons(text, nearby if key[1] else words, is_reported=key[1])
        found.append(made[key])
    return pd.Series(found, verdicts.index, dtype="str")


def _is_telling(number: str) -> bool:
    """Whether an id can be nothing but an id."""
    return len(number) > 1 and (not number.isdecimal() or len(number) >= _LEAST_DIGITS)


def _private_names(board: Board) -> set[str]:
    found: set[str] = set()
    for table_name, columns in _NAMES.items():
        table = getattr(board, table_name)
        for column in columns:
            found.update(str(text).strip() for text in table[column].dropna())
    return {text for text in found if len(text) > 1}


def _by_length(replaced: Mapping[str, str]) -> dict[str, dict[int, dict[str, str]]]:
    """First letter -> length, the longest first -> what is replaced by what."""
    found: dict[str, dict[int, dict[str, str]]] = {}
    for text in sorted(replaced, key=lambda one: (-len(one), one)):
        found.setdefault(text[0], {}).setdefault(len(text), {})[text] = replaced[text]
    return found


@dataclass(frozen=True)
class _Words:
    """What is replaced in sentences."""

    replaced: Mapping[str, Mapping[int, Mapping[str, str]]]
    numbers: Mapping[str, str]
    _cut: dict[str, str] = field(default_factory=dict)

    def cut(self, text: str) -> str:
        """The text without names, offices' numbers and telephones."""
        if text not in self._cut:
            self._cut[text] = _PHONE.sub(REDACTED, "".join(self._pieces(text)))
        return self._cut[text]

    def _pieces(self, text: str) -> Iterable[str]:
        # all in one go: a number of the edition may be another office's number
        at = 0
        while at < len(text):
            length, piece = self._at(text, at)
            yield piece
            at += length

    def _at(self, text: str, at: int) -> tuple[int, str]:
        for length, known in self.replaced.get(text[at], {}).items():
            word = text[at : at + length]
            if word in known and not _is_within_number(text, at, length):
                return length, known[word]
        return 1, text[at]

    def cut_sentence(self, text: str, permit_id: object) -> str:
        """The same, with the reason's own permit, however short its number."""
        number = self.numbers.get(str(permit_id))
        if number is None or _is_telling(str(permit_id)):
            return self.cut(text)
        own = re.compile(rf"(炼山|permit |（|\(){re.escape(str(permit_id))}(?![0-9A-Za-z.])")
        return self.cut(own.sub(lambda found: found[1] + number, text))

    def cut_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {k: self._value(k, v) if isinstance(v, str) else v for k, v in values.items()}

    def _value(self, name: str, value: str) -> str:
        if name.endswith("_id") and value in self.numbers:
            return self.numbers[value]
        return self.cut(value)


def _is_within_number(text: str, at: int, length: int) -> bool:
    """Whether digits alone are cut out of a longer number."""
    if not text[at : at + length].isdecimal():
        return False
    return text[at - 1 : at].isdecimal() or text[at + length : at + length + 1].isdecimal()


def _cut_reasons(reasons: str, words: _Words, *, is_reported: bool) -> str:
    return encode_reasons(
        [_cut_reason(reason, words, is_reported=is_reported) for reason in decode_reasons(reasons)]
    )


def _cut_reason(reason: Reason, words: _Words, *, is_reported: bool) -> Reason:
    permit_id = reason.measured.get("permit_id")
    texts = [words.cut_sentence(text, permit_id) for text in (reason.text_zh, reason.text_en)]
    measured = words.cut_values(reason.measured)
    if is_reported or reason.rule.startswith("permit"):
        texts = [_without_measures(text, reason.threshold) for text in texts]
        measured = {k: v for k, v in measured.items() if not _is_from_place(k)}
    return replace(
        reason,
        text_zh=texts[0],
        text_en=texts[1],
        measured=measured,
        threshold=words.cut_values(reason.threshold),
    )


def _is_from_place(name: str) -> bool:
    """Whether a value gives a distance away; a permit's score falls with the distance."""
    return name.endswith(_FROM_PLACE) or name.startswith("score")


def _without_measures(text: str, threshold: Mapping[str, Any]) -> str:
    """The text without scores, distances and shares, except those of the rule itself."""
    values = [float(v) for v in threshold.values() if isinstance(v, int | float)]
    limits = {round(v * scale, 6) for v in values for scale in (1, 0.001, 100)}

    def cut(found: re.Match[str]) -> str:
        return found[0] if float(found[1].replace(",", "")) in limits else REDACTED

    return _SCORE.sub(REDACTED, _MEASURED.sub(cut, text))
