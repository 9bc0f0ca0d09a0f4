"""Outside text made fit for files other programs read.

What belongs here: what XML 1.0 and a cell of a sheet cannot hold or would run. What a text means
is never changed, only what a program would do with it.
"""

from __future__ import annotations

import re

from jdzfire.board.wording import missing

LONGEST_CELL = 2000
"""Characters of one cell or description; Excel holds 32,767 [V, ECMA-376 and Excel's limits], a
phone's screen far fewer [K]."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠",
                   "﹦", "﹢", "﹣", "﹫")  # fmt: skip
"""First characters that make a spreadsheet run a text, after OWASP's page on CSV injection [V];
the full-width ones in some East Asian editions [V, the same page], the small ones by likeness
[K]."""

UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls; XML 1.0 forbids the first of them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks turn digits round
    "\u00ad\u200b\u2060-\u2065\u206a-\u206f\U000e0000-\U000e007f"  # what nobody can see
    "\u2028\u2029\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe\U0003ffff]"
)
"""Characters no format can hold, or that show another text than the one that is written. Rare Han
characters stay, also those younger than this Python or of an office's private area."""


def clean(value: object, *, most: int = LONGEST_CELL) -> str:
    r"""Text without what XML cannot hold and without direction marks, cut at ``most`` characters.

    Examples
    --------
    >>> clean("a\x00b\ud800c\u202ed <b>]]>"), clean(None), clean("abcdef", most=4)
    ('abcd <b>]]>', '', 'abc…')
    """
    text = "" if missing(value) else UNFIT.sub("", str(value))
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text if len(text) <= most else text[: most - 1] + "…"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take this text for a formula.

    Examples
    --------
    >>> is_formula("=1+1"), is_formula("@SUM(A1)"), is_formula("瑶里镇=1")
    (True, True, False)
    """
    return text.startswith(_FORMULA_STARTS)


def cell_text(value: object) -> str:
    """Text for a CSV cell: one that could be run gets an apostrophe before it.

    Examples
    --------
    >>> cell_text("=cmd|' /C calc'!A0"), cell_text("礼芳村")
    ("'=cmd|' /C calc'!A0", '礼芳村')
    """
    text = clean(value)
    return f"'{text}" if is_formula(text) else text


def word(text: str) -> str:
    """Text of letters, digits, ``-`` and ``_`` only, for ids and names of files.

    Examples
    --------
    >>> word("JDZ-20240316-001"), word("../a,b <c>")
    ('JDZ-20240316-001', '___a_b__c_')
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)
