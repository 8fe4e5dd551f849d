from datetime import timedelta

import pytest
from babel.messages.pofile import read_po

from api.pages.extraction import source_catalog, updated_catalog
from api.pages.languages import PO_FILE, Language, catalogue, choose_language

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete_and_current(language: Language) -> None:
    with PO_FILE[language].open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert [m.id for m in messages if not m.string or m.fuzzy] == []
    said = {(m.context, m.id) for m in source_catalog() if m.id}
    assert {(m.context, m.id) for m in messages} == said, "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_the_same_in_every_language(language: Language) -> None:
    wrong = [
        message.id for message in updated_catalog(language) if message.id and list(message.check())
    ]
    assert wrong == []


def test_letters_of_marks_differ_within_a_language() -> None:
    for language in LANGUAGES:
        words = catalogue(language).words
        for context in ("severity letter", "stage letter"):
            letters = list(words[context].values())
            assert len(set(letters)) == len(letters)
            assert {len(letter) for letter in letters} == {1}


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        (None, None, "", "zh"),
        ("en", "zh", "zh", "en"),
        ("klingon", "en", "zh", "en"),
        (None, None, "fr;q=0.9, en-US;q=0.8, zh;q=0.2", "en"),
        (None, None, "en;q=0, zh-TW", "zh"),
        (None, None, "en;q=rubbish, ,;;", "zh"),
    ],
)
def test_the_language_is_asked_for_kept_or_the_browsers(
    asked: str | None, kept: str | None, accepted: str, language: Language
) -> None:
    assert choose_language(asked, kept, accepted) == language


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=2, hours=23), "2 d"),
    ],
)
def test_spans_have_one_unit(span: timedelta, text: str) -> None:
    assert catalogue("en").span(span) == text


def test_codes_without_a_word_stay_codes() -> None:
    assert catalogue("zh").word("ticket problem", "moss") == "moss"
    assert catalogue("zh").word("ticket state", None) == ""
