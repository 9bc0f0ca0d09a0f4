"""Text that Folium takes as it is, and numbers in place of its random ids."""

from __future__ import annotations

from typing import Any

from branca.element import Element


class Raw(Element):
    """Text put into the page as it is; Folium would read it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """The text."""
        return self.text


def number_elements(root: Any) -> None:
    """Ids by order instead of Folium's random ones: the same answer gives the same bytes."""
    waiting, number = [root], 0
    while waiting:
        element = waiting.pop()
        element._id = f"s{number:05d}"
        number += 1
        waiting.extend(
            child for child in getattr(element, "_children", {}).values() if child is not None
        )
        icon = getattr(element, "icon", None)
        waiting.extend([icon] if hasattr(icon, "_children") else [])
