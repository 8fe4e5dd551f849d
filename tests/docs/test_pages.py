"""Pages that are written from code are current, and every name stands where a reader looks."""

import re
from pathlib import Path

from alerts.rules.catalogue import load_catalogue
from core.reading import Metric, Quality
from ingest.codecs import CODECS
from ingest.codecs.models import DEVICE_MODELS
from trapwatch.commands.settings import settings_page
from trapwatch.state_machines import state_machines_page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_settings_page_is_current() -> None:
    assert (DOCS / "settings.md").read_text("utf-8") == settings_page(), "run `make docs`"


def test_every_setting_that_a_page_names_is_one() -> None:
    # Another one would stop the start of whoever believes the page.
    known = set(re.findall(r"`(TRAPWATCH_\w+)`", settings_page()))
    for page in (ROOT / "README.md", ROOT / "compose.yaml", *sorted(DOCS.rglob("*.md"))):
        named = set(re.findall(r"TRAPWATCH_[A-Z0-9]+__[A-Z0-9_]*[A-Z0-9]", page.read_text("utf-8")))
        # A secret may also be read from a file: NAME_FILE.
        missing = {name for name in named if not {name, name.removesuffix("_FILE")} & known}
        assert missing == set(), page.name


def test_state_machines_page_is_current() -> None:
    assert (DOCS / "state-machines.md").read_text("utf-8") == state_machines_page(), (
        "run `make docs`"
    )


def test_every_rule_has_a_card_with_its_numbers() -> None:
    for rule in load_catalogue():
        card = (DOCS / "rules" / f"{rule.code}.md").read_text("utf-8")
        assert rule.name in card
        assert rule.wording in card
        missing = [
            f"{name}: {_written(value)}"
            for name, value in rule.parameters.items()
            if f"| `{name}` | {_written(value)} |" not in card
        ]
        assert missing == [], rule.code


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_every_quality_stands_in_the_glossary() -> None:
    glossary = (DOCS / "glossary.md").read_text("utf-8")
    assert [quality.label for quality in Quality if quality.label not in glossary] == []


def test_every_metric_stands_in_the_topics_page() -> None:
    page = (DOCS / "topics-and-codecs.md").read_text("utf-8")
    assert [metric.label for metric in Metric if f"`{metric.label}`" not in page] == []


def test_every_reason_of_a_rejected_message_stands_in_operations() -> None:
    page = (DOCS / "operations.md").read_text("utf-8")
    decides = ("decoding", "topics", "pipeline", "writer")
    source = "".join((ROOT / "ingest" / f"{name}.py").read_text("utf-8") for name in decides)
    source += (ROOT / "core" / "errors.py").read_text("utf-8")
    reasons = set(re.findall(r'"((?:[a-z]+_)*(?:topic|error|limit|refused|oversized))"', source))
    assert {"decode_error", "unknown_topic", "oversized", "internal_error"} <= reasons
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in page] == []


def test_every_codec_and_device_model_stands_in_the_topics_page() -> None:
    page = (DOCS / "topics-and-codecs.md").read_text("utf-8")
    assert [name for name in CODECS if f"## {name}" not in page] == []
    assert [name for name in DEVICE_MODELS if f"| {name} " not in page] == []
