"""The one document a page is drawn from, packed into a script element and read back.

What belongs here: a JSON object whose columns of whole numbers stand behind it as binary, all of it
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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import UsageError

__all__ = ["Decimals", "embed_json", "pack_document", "round_column", "unpack_document"]

_LEVEL = 1
"""Of zlib; 6 takes six times as long for a sixth less [C]."""
_INTS = "#ints"
"""Key of what stands for a column in the JSON: where it begins among the numbers, how many, and
for :class:`Decimals` their digits."""
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
    is_told = np.isfinite(numbers)
    scaled = np.rint(np.where(is_told, numbers, 0.0) * 10**digits)
    if len(scaled) and np.abs(scaled).max() > -_NONE - 1:
        return [round(v, digits) if math.isfinite(v) else None for v in numbers.tolist()]
    return Decimals(np.where(is_told, scaled, _NONE).astype(np.int64), digits)


def pack_document(
    document: Mapping[str, Any], name: str, *, raw: Mapping[str, str] | None = None
) -> str:
    """A script element holding a document.

    Parameters
    ----------
    document : mapping
        JSON values; members of objects, not of lists, may also be :class:`Decimals`, or arrays of
        whole numbers of at most 32 bits. The same document gives the same bytes.
    name : str
        Id of the element.
    raw : mapping of str to str, optional
        Further members, whose values are JSON text already.

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
    Before it is compressed: the length of the JSON [bytes, 32 bits], the JSON, blanks up to a
    multiple of four, the numbers; little-endian.
    """
    columns: list[NDArray[np.int32]] = []
    text = _ENCODER.encode(_without_columns(document, columns))
    more = [f"{_ENCODER.encode(key)}:{told}" for key, told in (raw or {}).items()]
    text = text[:-1] + "," * bool(document and more) + ",".join(more) + "}"
    # half a surrogate pair in a name from outside becomes a question mark
    told = text.encode("utf-8", "replace")
    told += b" " * (-len(told) % _INT.itemsize)
    parts = [np.array([len(told)], _INT).tobytes(), told, *(one.tobytes() for one in columns)]
    packed = base64.b64encode(zlib.compress(b"".join(parts), _LEVEL)).decode("ascii")
    return f'<script type="application/json+zlib+base64" id="{name}">{packed}</script>'


def _without_columns(value: Any, columns: list[NDArray[np.int32]]) -> Any:
    """The value with a word for each array in it, which is put behind the others."""
    if isinstance(value, Mapping):
        return {key: _without_columns(one, columns) for key, one in value.items()}
    if isinstance(value, Decimals):
        told = _without_columns(value.whole, columns)
        return {_INTS: [*told[_INTS], value.digits]}
    if not isinstance(value, np.ndarray):
        return value
    narrow = value.astype(_INT)
    if not np.array_equal(narrow, value):
        raise OverflowError("a column holds a number that is not whole or beyond 32 bits")
    start = sum(map(len, columns))
    columns.append(narrow)
    return {_INTS: [start, len(narrow)]}


def unpack_document(page: str, name: str) -> dict[str, Any]:
    """The document of a page again, for tests and other readers; arrays come back as lists.

    Raises
    ------
    UsageError
        The page holds no document of that name.
    """
    found = re.search(rf'id="{re.escape(name)}">([A-Za-z0-9+/=]*)</script>', page)
    if found is None:
        raise UsageError("the page holds no such document", expected=f"an element {name}")
    data = zlib.decompress(base64.b64decode(found[1]))
    end = _INT.itemsize + int(np.frombuffer(data, _INT, 1)[0])
    numbers = np.frombuffer(data, _INT, offset=end)
    document: dict[str, Any] = _with_columns(json.loads(data[_INT.itemsize : end]), numbers)
    return document


def _with_columns(value: Any, numbers: NDArray[np.int32]) -> Any:
    if not isinstance(value, dict):
        return value
    if isinstance(value.get(_INTS), list):
        start, count, *digits = value[_INTS]
        found = numbers[start : start + count].tolist()
        return [None if v == _NONE else v / 10 ** digits[0] for v in found] if digits else found
    return {key: _with_columns(one, numbers) for key, one in value.items()}


def embed_json(value: Any) -> str:
    r"""JSON text that may stand in a script of any HTML page.

    Examples
    --------
    >>> embed_json({"path": "</script>"})
    '{"path":"\\u003c/script\\u003e"}'
    """
    text = _ENCODER.encode(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
