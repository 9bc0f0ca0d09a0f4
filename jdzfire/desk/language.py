"""Chinese unless somebody asks for English."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from jdzfire.board.labels import Lang
from jdzfire.desk.words import WORDS

COOKIE = "desk_lang"


class Language:
    """The language of a request: its cookie, else the setting."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language."""
        asked = request.COOKIES.get(COOKIE)
        default = "zh" if settings.LANGUAGE_CODE.startswith("zh") else "en"
        request.lang = asked if asked in ("zh", "en") else default
        with translation.override("zh-hans" if request.lang == "zh" else "en"):
            return self._get_response(request)


def lang_of(request: HttpRequest) -> Lang:
    """Language of a request."""
    return "en" if getattr(request, "lang", "zh") == "en" else "zh"


def words(request: HttpRequest) -> dict[str, Any]:
    """The words of the pages, for every template."""
    lang = lang_of(request)
    return {"w": words_in(lang), "lang": lang}


@cache
def words_in(lang: Lang) -> dict[str, str]:
    """The words of the pages in a language."""
    place = 0 if lang == "zh" else 1
    return {name: pair[place] for name, pair in WORDS.items()}
