"""The one JSON document a page is drawn from, packed into a script element and read back.

What belongs here: a document, compressed with zlib and written in base64, is a fifth of its JSON,
and nothing in it can end its element or be read as markup. Browsers undo both themselves.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from jdzfire.errors import UsageError

__all__ = ["embed_json", "pack_document", "unpack_document"]

_LEVEL = 1
"""Of zlib; 6 takes six times as long for a sixth less [C]."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def pack_document(
    document: Mapping[str, Any], name: str, *, raw: Mapping[str, Sequence[str]] | None = None
) -> str:
    """A script element holding a JSON object.

    Parameters
    ----------
    document : mapping
        JSON values; the same document gives the same bytes.
    name : str
        Id of the element.
    raw : mapping of str to sequence of str, optional
        Further members: lists of texts that are JSON already.

    Returns
    -------
    str
        HTML.
    """
    members = [f"{_ENCODER.encode(k)}:{_ENCODER.encode(v)}" for k, v in document.items()]
    members += [f"{_ENCODER.encode(k)}:[{','.join(texts)}]" for k, texts in (raw or {}).items()]
    # half a surrogate pair in a name from outside becomes a question mark
    text = ("{" + ",".join(members) + "}").encode("utf-8", "replace")
    packed = base64.b64encode(zlib.compress(text, _LEVEL)).decode("ascii")
    return f'<script type="application/json+zlib+base64" id="{name}">{packed}</script>'


def unpack_document(page: str, name: str) -> dict[str, Any]:
    """The document of a page again, for tests and other readers.

    Raises
    ------
    UsageError
        The page holds no document of that name.
    """
    found = re.search(rf'id="{re.escape(name)}">([A-Za-z0-9+/=]*)</script>', page)
    if found is None:
        raise UsageError("the page holds no such document", expected=f"an element {name}")
    document: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return document


def embed_json(value: Any) -> str:
    r"""JSON text that may stand in a script of any HTML page.

    Examples
    --------
    >>> embed_json({"path": "</script>"})
    '{"path":"\u003c/script\u003e"}'
    """
    text = _ENCODER.encode(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
