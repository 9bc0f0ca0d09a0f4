"""Secrets taken out of every text that is shown, logged or kept.

Settings that hold secrets are remembered when they are loaded; from then on no text of this process
repeats one, whole or in a part of four characters or more.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

REDACTED = "[key]"
"""Replacement for a secret."""

PART = 4
"""Characters of a secret in a row that are taken out [issue: no part of four or more]."""

_KEY_MIN, _TOKEN_MIN = 8, 16
"""Shorter values of an address are words, longer ones keys."""

_remembered: set[str] = set()


def remember_secrets(secrets: Iterable[str]) -> None:
    """Take these out of every text from now on."""
    _remembered.update(secret for secret in secrets if len(secret) >= PART)


def redact(text: object, secrets: Iterable[str] = ()) -> str:
    """The text without any part of a secret, as it is or as an address or JSON writes it.

    Parameters
    ----------
    text : object
    secrets : iterable of str
        Beside those of :func:`remember_secrets`; one shorter than four characters only as a whole.

    Returns
    -------
    str
        Each run of four characters or more that a secret has too, in whatever case, is replaced by
        :data:`REDACTED`; an ordinary word may go with it.

    Examples
    --------
    >>> redact("GET /csv/se%2Fcret/x and se/cret", ["se/cret"])
    'GET /csv/[key]/x and [key]'
    >>> redact("the address begins with mapk...", ["MAPKEY12"])
    'the address begins with [key]...'
    """
    result = str(text)
    known = {*_remembered, *filter(None, secrets)}
    ways = sorted(set().union(*map(_ways, known)), key=lambda one: (-len(one), one))
    for written in ways:
        result = _without(result, written, size=len(written))  # whole ones first
    for written in ways:
        result = _without(result, written, size=min(PART, len(written)))
    return result


def secrets_of_url(url: str) -> list[str]:
    """Name and password of an address, as they are and as they are written."""
    try:
        parts = urlsplit(url)
        found = [parts.password or ""]
    except ValueError:
        return [url]
    return [word for part in found if part for word in {part, unquote(part)}]


def secrets_of_robot(url: str) -> list[str]:
    """What gives access in the address of a robot or webhook: password, keys, long path parts."""
    try:
        parts = urlsplit(url)
        keys = [value for _, value in parse_qsl(parts.query) if len(value) >= _KEY_MIN]
        path = [one for one in parts.path.split("/") if len(one) >= _TOKEN_MIN and _has_digit(one)]
    except ValueError:
        return [url]
    return [*secrets_of_url(url), *keys, *path]


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def redact_tracebacks() -> None:
    """Let a traceback that ends the process name no secret."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))

    sys.excepthook = show


def _ways(secret: str) -> set[str]:
    """How a secret may be written."""
    ways = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return ways | {json.dumps(way)[1:-1] for way in ways}


def _without(text: str, secret: str, *, size: int) -> str:
    """The text without runs of so many characters or more of the secret."""
    low, mine = text.casefold(), secret.casefold()
    if len(low) != len(text):  # casefolding made letters of one into two
        low, mine = text, secret
    grams = {mine[at : at + size] for at in range(len(mine) - size + 1)}
    parts: list[str] = []
    begin = at = 0
    while at <= len(low) - size:
        if low[at : at + size] not in grams:
            at += 1
            continue
        end = at + size
        while end < len(low) and low[end - size + 1 : end + 1] in grams:
            end += 1
        parts += [text[begin:at], REDACTED]
        begin = at = end
    return "".join([*parts, text[begin:]])
