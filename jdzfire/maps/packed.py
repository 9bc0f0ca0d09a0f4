"""The one document a page is drawn from, packed into a script element and read back.

What belongs here: a JSON object whose columns of numbers and of long texts follow it, all
compressed with zlib and written in base64. That is a fifth of its JSON, nothing in it can end its
element or be read as markup, and no number is turned into text and back. Browsers undo all of it
themselves (``templates/start.js``).
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import UsageError

_LEVEL = 1
"""Of zlib; 6 takes six times as long for a sixth less [C]."""
_INTS = "#ints"
"""Key of the placeholder of a column in the JSON: where it begins among the numbers, how many, and
for :class:`Decimals` their digits."""
_TEXTS = "#texts"
"""The same for :class:`JsonTexts`: where their ends are among the numbers, and how many."""
_INT = np.dtype("<i4")
_NONE = -(2**31)
"""Stands for null among the numbers of a :class:`Decimals`."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True)
class Decimals:
    """A column of numbers of so many decimals, some of them null, as whole numbers."""

    whole: NDArray[np.int64]
    digits: int


def round_column(values: pd.Series, digits: int = 1) -> Decimals | list[float | None]:
    """Numbers rounded to ``digits``, null where one is missing or not finite.

    A list when one of them is too large for 32 bits.
    """
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    is_stated = np.isfinite(numbers)
    scaled = np.rint(np.where(is_stated, numbers, 0.0) * 10**digits)
    if len(scaled) and np.abs(scaled).max() > -_NONE - 1:
        return [round(v, digits) if math.isfinite(v) else None for v in numbers.tolist()]
    return Decimals(np.where(is_stated, scaled, _NONE).astype(np.int64), digits)


@dataclass(frozen=True)
class JsonTexts:
    """A column of texts that are JSON already; the page reads each when it is asked for."""

    texts: Sequence[str]


@dataclass
class _Behind:
    """What follows the JSON: numbers, then texts."""

    columns: list[NDArray[np.int32]] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    count: int = 0
    length: int = 0

    def put_numbers(self, values: NDArray[Any]) -> list[int]:
        narrow = values.astype(_INT)
        if not np.array_equal(narrow, values):
            raise OverflowError("a column holds a number that is not whole or beyond 32 bits")
        self.columns.append(narrow)
        self.count += len(narrow)
        return [self.count - len(narrow), len(narrow)]

    def put_texts(self, texts: Sequence[str]) -> list[int]:
        encoded = [_bytes_of(text) for text in texts]
        ends = self.length + np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        self.texts += encoded
        self.length = int(ends[-1])
        return self.put_numbers(ends)


def pack_document(document: Mapping[str, Any], name: str) -> str:
    """A script element holding a document.

    Parameters
    ----------
    document : mapping
        JSON values; members of objects, not of lists, may also be :class:`Decimals`,
        :class:`JsonTexts`, or arrays of whole numbers of at most 32 bits. The same document gives
        the same bytes.
    name : str
        Id of the element.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    ValueError
        A number that JSON has no word for.
    OverflowError
        A whole number beyond 32 bits.

    Notes
    -----
    Before it is compressed: two numbers, how many bytes of JSON and how many numbers follow it;
    the JSON, with blanks up to a multiple of four; the numbers; the texts. Numbers are of 32 bits,
    little-endian.
    """
    behind = _Behind()
    document_json = _bytes_of(_ENCODER.encode(_without_columns(document, behind)))
    document_json += b" " * (-len(document_json) % _INT.itemsize)
    head = np.array([len(document_json), behind.count], _INT)
    numbers = [column.tobytes() for column in behind.columns]
    whole = b"".join([head.tobytes(), document_json, *numbers, *behind.texts])
    packed = base64.b64encode(zlib.compress(whole, _LEVEL)).decode("ascii")
    return f'<script type="application/json+zlib+base64" id="{name}">{packed}</script>'


def _bytes_of(text: str) -> bytes:
    """UTF-8; half a surrogate pair in a name from outside becomes a question mark."""
    return text.encode("utf-8", "replace")


def _without_columns(value: Any, behind: _Behind) -> Any:
    """The value with a word for each column in it, which is put behind the JSON."""
    if isinstance(value, Mapping):
        return {key: _without_columns(one, behind) for key, one in value.items()}
    if isinstance(value, JsonTexts):
        return {_TEXTS: behind.put_texts(value.texts)}
    if isinstance(value, Decimals):
        return {_INTS: [*behind.put_numbers(value.whole), value.digits]}
    return {_INTS: behind.put_numbers(value)} if isinstance(value, np.ndarray) else value


def unpack_document(page: str, name: str) -> dict[str, Any]:
    """The document of a page again, for tests and other readers; columns come back as lists.

    Raises
    ------
    UsageError
        The page holds no document of that name.
    """
    found = re.search(rf'id="{re.escape(name)}">([A-Za-z0-9+/=]*)</script>', page)
    if found is None:
        raise UsageError("the page holds no such document", expected=f"an element {name}")
    data = zlib.decompress(base64.b64decode(found[1]))
    length, count = np.frombuffer(data, _INT, 2).tolist()
    begin = 2 * _INT.itemsize
    numbers = np.frombuffer(data, _INT, count, offset=begin + length)
    texts = data[begin + length + count * _INT.itemsize :]
    document: dict[str, Any] = _with_columns(
        json.loads(data[begin : begin + length]), numbers, texts
    )
    return document


def _with_columns(value: Any, numbers: NDArray[np.int32], texts: bytes) -> Any:
    if not isinstance(value, dict):
        return value
    if isinstance(value.get(_INTS), list):
        start, count, *digits = value[_INTS]
        found = numbers[start : start + count].tolist()
        return [None if v == _NONE else v / 10 ** digits[0] for v in found] if digits else found
    if isinstance(value.get(_TEXTS), list):
        start, count = value[_TEXTS]
        ends = numbers[start : start + count].tolist()
        return [json.loads(texts[a:b]) for a, b in pairwise(ends)]
    return {key: _with_columns(one, numbers, texts) for key, one in value.items()}


def embed_json(value: Any) -> str:
    r"""JSON text that is safe in a script of any HTML page.

    Examples
    --------
    >>> embed_json({"path": "</script>"})
    '{"path":"\\u003c/script\\u003e"}'
    """
    text = _ENCODER.encode(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


LEAST_REPEATS = 2.0
"""A column is pooled when each value comes at least this often on average [C: below it the
numbers of the places cost more than the values they save]."""


def pool_column(values: Sequence[Any] | pd.Series) -> Any:
    """A column of texts or numbers, null where one is missing.

    Examples
    --------
    >>> pool_column(["x", "y", "x", None])
    {'pool': ['x', 'y'], 'at': array([ 0,  1,  0, -1])}
    >>> pool_column(["x", "x"]), pool_column(["x", "y", "z"])
    ({'all': 'x'}, ['x', 'y', 'z'])
    """
    column = pd.Series(values, dtype="object") if not isinstance(values, pd.Series) else values
    at, pool = pd.factorize(column)
    found = pool.tolist()
    has_null = bool((at < 0).any())
    if len(found) + has_null <= 1:
        return {"all": found[0] if found else None}
    if len(column) < LEAST_REPEATS * len(found):
        return [None if place < 0 else found[place] for place in at.tolist()]
    return {"pool": found, "at": at}


def unpack_rows(columns: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """The rows again; what the page's script does, for tests and other readers."""
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, column in columns.items():
        if not isinstance(column, Mapping):
            values = column
        elif "all" in column:
            values = [column["all"]] * count
        else:
            values = [None if place < 0 else column["pool"][place] for place in column["at"]]
        for row, value in zip(rows, values, strict=True):
            row[key] = value
    return rows
