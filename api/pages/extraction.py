"""What the catalogues must hold, read from templates, scripts and the vocabulary.

``make messages`` writes the catalogues anew: what is new comes in empty (in English as it stands
in the source), what is gone goes out, translations stay.
"""

from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.pages.languages import LOCALE, PO_FILE, Language
from api.pages.vocabulary import vocabulary

_API = LOCALE.parent
_METHODS = [
    ("templates/**.html", "jinja2.ext:babel_extract"),
    ("static/vendor/**.js", "ignore"),
    ("static/**.js", "javascript"),
]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
#: Headers of a translators' office; dates would change with every run.
_NOBODYS = tuple(
    f'"{name}'.encode()
    for name in (
        *("Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date"),
        *("Last-Translator", "Language-Team", "Generated-By"),
    )
)
_KEYWORDS = {"_": None}


def source_catalog() -> Catalog:
    """Return everything that the pages say, without translations."""
    catalog = Catalog(project="Trapwatch", charset="utf-8")
    found = extract_from_dir(
        _API, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS, comment_tags=()
    )
    for file, _line, text, _comments, context in found:
        if isinstance(text, str) and text:
            catalog.add(text, locations=[(file, 0)], context=context)
    for context, codes in vocabulary().items():
        for code in codes:
            catalog.add(code, context=context)
    return catalog


def updated_catalog(language: Language) -> Catalog:
    """Return a language's catalogue with what the source says now."""
    source = source_catalog()
    with PO_FILE[language].open("rb") as file:
        catalog = read_po(file, locale=PO_FILE[language].parts[-3])
    catalog.update(source, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    if language == "en":
        for message in catalog:
            if message.id and not message.string and not message.context:
                message.string = message.id
    return catalog


def write_catalogues() -> None:
    """Write both catalogues anew."""
    for language, path in PO_FILE.items():
        catalog = updated_catalog(language)
        written = BytesIO()
        write_po(written, catalog, width=120, sort_output=True, include_lineno=False)
        lines = written.getvalue().splitlines(keepends=True)
        path.write_bytes(b"".join(line for line in lines if not line.startswith(_NOBODYS)))


if __name__ == "__main__":
    write_catalogues()
