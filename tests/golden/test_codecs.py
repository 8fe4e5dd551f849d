"""Every folder under codecs/ is one real payload and what it must become."""

import json
from pathlib import Path

import pytest

from core.errors import DecodeError
from core.instant import DAY_US, SECOND_US
from ingest import topics
from ingest.codecs import CODECS
from ingest.codecs.models import DEVICE_MODELS
from ingest.inspect_payload import ClockLimits, inspect

ROOT = Path(__file__).with_name("codecs")
CASES = sorted(path.parent for path in ROOT.glob("*/*/expected.json"))
#: 2026-01-05 09:00:07 in Shanghai.
RECEIVED_AT_US = 1_767_574_807_000_000
LIMITS = ClockLimits(300 * SECOND_US, 7 * DAY_US)


def payload_of(case: Path) -> bytes:
    as_hex = case / "payload.hex"
    if as_hex.exists():
        return bytes.fromhex(as_hex.read_text())
    return (case / "payload.json").read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_payload_becomes_what_its_folder_says(case: Path) -> None:
    codec = case.parent.name
    assert topics.parse((case / "topic.txt").read_text().strip()).codec == codec
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    if isinstance(expected, dict):
        with pytest.raises(DecodeError) as caught:
            inspect(codec, payload_of(case), RECEIVED_AT_US, LIMITS)
        assert expected["error"] in caught.value.detail
    else:
        assert inspect(codec, payload_of(case), RECEIVED_AT_US, LIMITS) == expected


def test_every_codec_and_model_has_golden_cases() -> None:
    names = {f"{case.parent.name}/{case.name}" for case in CASES}
    assert {case.parent.name for case in CASES} == set(CODECS)
    for model in DEVICE_MODELS:
        prefix = f"chirpstack/{model.lower().replace('-', '_')}_"
        assert any(name.startswith(prefix) for name in names), model


def test_every_case_says_where_it_comes_from() -> None:
    assert [case.name for case in CASES if not (case / "source.md").read_text().strip()] == []
