"""Words by a name that a page knows only when it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from jdzfire.board.wording import MU_PER_HA

register = template.Library()


@register.filter
def word(table: Mapping[str, Any] | str | None, name: str) -> Any:
    """The entry of a name: the name when words lack it, nothing when what was entered does."""
    if not table:
        return ""
    return table.get(name, "" if "csrfmiddlewaretoken" in table else name)  # type: ignore[union-attr]


@register.filter
def mu(area_ha: float) -> str:
    """Hectares as mu, as duty staff read areas."""
    return f"{area_ha * MU_PER_HA:.0f}"


@register.filter
def split_words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()
