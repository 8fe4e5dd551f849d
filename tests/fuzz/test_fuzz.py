"""Fuzzing: a short run for everybody, a long one for `make fuzz`; a seed repeats a run."""

import json
import os
import sys

import pytest

from tests.fuzz import fuzz


def seed() -> int:
    return int(os.environ.get("TRAPWATCH_TEST_FUZZ_SEED", "1"))


def check(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    counts, faults, seconds = fuzz.run(count, seed())
    with capsys.disabled():
        sys.stdout.write("\n" + json.dumps(fuzz.summary(counts, seed(), seconds)) + "\n")
    assert faults == []
    assert sum(counts.values()) >= count
    for codec in fuzz.CODECS:
        assert counts[f"{codec} decoded"] > 0, f"{codec}: the damage leaves nothing to decode"
        assert counts[f"{codec} refused"] > 0, f"{codec}: nothing is damaged"


def test_damaged_payloads_are_read_or_refused_with_a_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check(24_000, capsys)


@pytest.mark.fuzz
def test_a_million_damaged_payloads(capsys: pytest.CaptureFixture[str]) -> None:
    check(int(os.environ.get("TRAPWATCH_TEST_FUZZ_COUNT", "1000000")), capsys)


def test_a_defect_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(*_: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setitem(fuzz.CODECS, "native", defective)
    found = fuzz.run_task(fuzz.Task("native", 1, 10))
    assert found.fault is not None
    assert "KeyError" in found.fault
