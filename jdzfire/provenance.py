"""What a product was made from: inputs, rules, version, time of the data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from jdzfire import __version__


def product_note(*, data_at: datetime, inputs: Iterable[str], rules_version: str) -> dict[str, Any]:
    """The note that goes with a product.

    Parameters
    ----------
    data_at : datetime
        Moment the product speaks of, aware.
    inputs : iterable of str
        sha256 of the raw files it was made from.
    rules_version : str
        From :func:`jdzfire.triage.rules.rules_version`.

    Returns
    -------
    dict
        Ready for JSON; the same inputs give the same note.

    Examples
    --------
    >>> note = product_note(
    ...     data_at=datetime(2024, 4, 4, 5, tzinfo=UTC), inputs=["b", "a", "b"], rules_version="r"
    ... )
    >>> note["inputs"], note["data_at"]
    (['a', 'b'], '2024-04-04T05:00:00Z')
    """
    return {
        "program": "jdzfire",
        "version": __version__,
        "data_at": data_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rules_version": rules_version,
        "inputs": sorted(set(inputs)),
    }
