from pathlib import Path

import pytest

from simulators.ledger import Ledger, read_ledger
from simulators.load import Payload


def made(payload: Payload) -> bytes:
    return payload if isinstance(payload, bytes) else payload()


def test_only_what_was_made_is_noted_and_acks_stand_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        messages = list(
            ledger.recorded([(b"t/1", "油".encode()), (b"t/2", lambda: b"\xff"), (b"t/3", b"x")])
        )
        assert [made(payload) for _, payload in messages[:2]] == ["油".encode(), b"\xff"]
        ledger.acked(1)
        ledger.flush()
        content = read_ledger(path)
    assert content.sent == {0: ("t/1", "油".encode()), 1: ("t/2", b"\xff")}
    assert content.acked == {1}


def test_a_line_cut_off_by_a_kill_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"acked": 1}\n{"acked": 1', "utf-8")
    assert read_ledger(path).acked == {1}


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"a": 1}\n', "utf-8")
    with pytest.raises(ValueError, match="not a ledger"):
        read_ledger(path)


def test_other_line_separators_in_a_payload_end_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    sent = [(b"t", text.encode()) for text in ("a", "b\u2028c", "d\x85e", "f")]
    with Ledger(path) as ledger:
        for index, (_, payload) in enumerate(ledger.recorded(sent)):
            assert callable(payload)
            payload()  # as the publisher does at the moment of sending
            ledger.acked(index)
    content = read_ledger(path)
    assert [payload for _, payload in content.sent.values()] == [body for _, body in sent]
    assert content.acked == {0, 1, 2, 3}
