"""The languages of the pages: which one a reader gets, and its words.

Words come from gettext catalogues (``api/locale``), read when the program starts. Codes such as
``in_progress`` stay codes everywhere else; here each is a word within a context.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from babel.messages.pofile import read_po

Language = Literal["zh", "en"]

COOKIE = "trapwatch_lang"
LOCALE = Path(__file__).parents[1] / "locale"
DEFAULT_LANGUAGE: Language = "zh"
#: As HTML, Intl and gettext call them.
HTML_LANGUAGE: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}
PO_FILE: Mapping[Language, Path] = {
    "zh": LOCALE / "zh_CN" / "LC_MESSAGES" / "trapwatch.po",
    "en": LOCALE / "en" / "LC_MESSAGES" / "trapwatch.po",
}
#: Also said by words.js, which is where they are extracted from.
_SPANS = (("%(count)s d", 86_400), ("%(count)s h", 3_600), ("%(count)s min", 60))
_LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The words of one language; what is not in it is shown as it stands in the code."""

    language: Language
    texts: Mapping[str, str]
    #: context -> code -> word
    words: Mapping[str, Mapping[str, str]]
    #: Those that scripts ask for.
    script_texts: Mapping[str, str]

    def text(self, text: str, /, **values: Any) -> str:
        """Return a sentence in this language, its ``%(name)s`` filled in."""
        found = self.texts.get(text, text)
        return found % values if values else found

    def word(self, context: str, code: str | None) -> str:
        """Return the word for a code; nothing for none."""
        return "" if code is None else self.words.get(context, {}).get(code, code)

    def span(self, span: timedelta) -> str:
        """Return how long something lasted, in its largest fitting unit: ``3 h``."""
        seconds = max(0, int(span.total_seconds()))
        for text, unit_s in _SPANS:
            if seconds >= 2 * unit_s:
                return self.text(text, count=seconds // unit_s)
        return self.text("%(count)s s", count=seconds)

    def named(self, row: Any, field: str) -> str | None:
        """Return a row's ``field``, or its English twin ``field_en`` where there is one."""
        own: str | None = getattr(row, field)
        twin: str | None = getattr(row, f"{field}_en", None)
        return twin or own if self.language == "en" else own

    def short(self, row: Any, field: str) -> str:
        """Return a town's name for tight places: without what kind of town it is in English."""
        name = self.named(row, field) or ""
        return name.removesuffix(" Subdistrict").removesuffix(" Town")


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the words of a language."""
    with PO_FILE[language].open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    words: dict[str, dict[str, str]] = {}
    for message in messages:
        if message.context:
            words.setdefault(message.context, {})[str(message.id)] = str(message.string)
    plain = [message for message in messages if not message.context]
    return Catalogue(
        language=language,
        texts={str(message.id): str(message.string) for message in plain},
        words=words,
        script_texts={
            str(message.id): str(message.string)
            for message in plain
            if any(file.endswith(".js") for file, _ in message.locations)
        },
    )


def choose_language(asked: str | None, kept: str | None, accepted: str) -> Language:
    """Return the language of a reader: asked for, else kept from before, else the browser's.

    ``accepted`` is an Accept-Language header (RFC 9110); the first that we have wins, by weight.
    """
    for given in (asked, kept):
        for language in _LANGUAGES:
            if given == language:
                return language
    for tag in _by_weight(accepted):
        for language in _LANGUAGES:
            if tag.partition("-")[0] == language:
                return language
    return DEFAULT_LANGUAGE


def _by_weight(accepted: str) -> list[str]:
    weighed = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, parameter = part.strip().lower().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        weighed.append((-weight, place, tag.strip()))
    return [tag for weight, _, tag in sorted(weighed) if weight < 0]
