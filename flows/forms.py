"""Prefect's form of a flow says what each parameter is."""

from __future__ import annotations

from typing import Any, get_type_hints

from prefect import Flow
from pydantic.fields import FieldInfo


def with_form(flow: Flow[..., Any]) -> Flow[..., Any]:
    """The flow, with the descriptions of its annotated parameters in its form.

    Prefect takes them from docstrings in Google's form only.
    """
    for name, hint in get_type_hints(flow.fn, include_extras=True).items():
        for note in getattr(hint, "__metadata__", ()):
            if isinstance(note, FieldInfo) and note.description:
                shown = flow.parameters.properties[name]
                shown["description"] = note.description
                shown["title"] = note.description.rstrip(".")  # the older page shows only titles
    return flow
