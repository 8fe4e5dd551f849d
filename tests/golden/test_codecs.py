"""Every folder under codecs/ is one real payload and what it must become."""

import json
from pathlib import Path

import pytest

from core.errors import DecodeError
from core.instant import DAY_US, SECOND_US
from core.settings import IngestSettings
from ingest.codecs import CODECS
from ingest.codecs.models import DEVICE_MODELS
from ingest.inspect_payload import ClockLimits, inspect
from ingest.topics import Topics

ROOT = Path(__file__).with_name("codecs")
CASES = sorted(path.parent for path in ROOT.glob("*/*/expected.json"))
#: 2026-01-05 09:00:07 in Shanghai.
RECEIVED_AT_US = 1_767_574_807_000_000
TOPICS = Topics(IngestSettings().topics)
LIMITS = ClockLimits(300 * SECOND_US, 7 * DAY_US)


def payload_of(case: Path) -> bytes:
    """payload.hex is bytes as hex digits; payload.bin and payload.json are the bytes themselves."""
    as_hex = case / "payload.hex"
    if as_hex.exists():
        return bytes.fromhex(as_hex.read_text())
    as_bytes = case / "payload.bin"
    return (as_bytes if as_bytes.exists() else case / "payload.json").read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_payload_becomes_what_its_folder_says(case: Path) -> None:
    codec = case.parent.name
    route = TOPICS.route((case / "topic.txt").read_text().strip())
    assert route.codec == codec
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    if isinstance(expected, dict):
        with pytest.raises(DecodeError) as caught:
            inspect(route, payload_of(case), RECEIVED_AT_US, LIMITS)
        assert expected["error"] in caught.value.detail
    else:
        assert inspect(route, payload_of(case), RECEIVED_AT_US, LIMITS) == expected


def test_every_codec_and_model_has_golden_cases() -> None:
    names = {f"{case.parent.name}/{case.name}" for case in CASES}
    assert {case.parent.name for case in CASES} == set(CODECS)
    for model in DEVICE_MODELS:
        prefix = f"chirpstack/{model.lower().replace('-', '_')}_"
        assert any(name.startswith(prefix) for name in names), model


def test_every_case_says_where_it_comes_from() -> None:
    assert [case.name for case in CASES if not (case / "source.md").read_text().strip()] == []
