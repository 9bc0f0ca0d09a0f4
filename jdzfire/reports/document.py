"""A report as a value: title, sections, tables, picture, signatures; drawn as HTML or DOCX.

What belongs here: the few parts an office's report has. Texts may come from anywhere; ``clean``
makes them fit for any format, and whoever draws them sets them as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jdzfire.board.labels import Lang
from jdzfire.board.text import UNFIT
from jdzfire.board.wording import missing

MOST = 400
NOTE_MOST = 20_000
"""Most characters of a note: the ids of a year's cases."""


def clean(value: Any, *, most: int = MOST) -> str:
    r"""Text on one line without what no format can hold: controls, direction marks, surrogates.

    Examples
    --------
    >>> clean("a\x00b\x0b<i>\u202ec\ud800\nd\ufffe")
    'a b <i> c d'
    """
    text = " ".join(UNFIT.sub(" ", "" if missing(value) else str(value)).split())
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True)
class Cell:
    """One cell of a grid."""

    text: str
    strong: bool = False
    """To be seen at once: overdue, interrupted."""
    to: str = ""
    """Name of the note that the text links to."""


@dataclass(frozen=True)
class Heading:
    """一、二、三: the number is part of the text."""

    text: str


@dataclass(frozen=True)
class Sentence:
    """A paragraph."""

    text: str
    strong: bool = False
    runs: Sequence[Cell] = ()
    """Pieces of the text, some of which link to a note; in place of ``text``."""


@dataclass(frozen=True)
class Note:
    """What a number is made of; cells and pieces of sentences link to it."""

    name: str
    """Letters, digits and hyphens."""
    title: str
    query: str
    """The expression or command that gives the number again."""
    text: str = ""
    """Ids of the cases behind it."""


@dataclass(frozen=True)
class Grid:
    """A table with a head; the head is repeated on each sheet."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    widths: Sequence[float]
    """Share of each column; the sum does not matter."""
    is_centred: bool = False
    """Numbers, set in the middle."""


@dataclass(frozen=True)
class Fields:
    """Pairs of name and value, two pairs a row; a missing value is a blank to write on."""

    pairs: Sequence[tuple[str, str | None]]
    wide: Sequence[str] = ()
    """Names whose value takes a whole row."""


@dataclass(frozen=True)
class Picture:
    """A PNG with its caption."""

    png: bytes
    caption: str
    width_mm: float


@dataclass(frozen=True)
class Lines:
    """Empty lines to write on."""

    count: int


Block = Heading | Sentence | Grid | Fields | Picture | Lines | Note


@dataclass(frozen=True)
class Report:
    """One report."""

    title: str
    lang: Lang
    at: datetime
    """Moment it speaks of."""
    head: Sequence[str]
    """Line under the title: left, (middle,) right."""
    blocks: Sequence[Block]
    mark: str = ""
    """Upper left, for example 内部资料 注意保管."""
    signatures: Sequence[str] = field(default_factory=tuple)
    """Names of the lines to sign on."""
    appendix: Sequence[Block] = ()
    """After the signatures, on a sheet of its own."""
    is_form: bool = False
    """A form of the duty room in small type, not a document sent up."""
