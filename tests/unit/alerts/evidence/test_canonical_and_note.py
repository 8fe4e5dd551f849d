"""Canonical bytes, signed notes and keys."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from alerts.evidence.canonical import canonical_event, commitment, openings
from alerts.evidence.keys import is_signed_by, load_signer, make_key
from alerts.evidence.note import checkpoint_text
from core.errors import ConfigError

SALT = bytes(16)
AT = datetime(2026, 1, 5, 9, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=8)))


def canonical(**detail: object) -> bytes:
    return canonical_event(
        at=AT, actor="system", action="a", subject_kind="k", subject_id="1", detail=detail,
        salt=SALT,
    )  # fmt: skip


def test_bytes_are_sorted_compact_utc_and_cut_to_milliseconds() -> None:
    assert (
        canonical(b=1, a="隔油池", f=1.50)
        == (
            '{"action":"a","actor":"system","at":"2026-01-05T01:00:00.123Z",'
            '"detail":{"a":"隔油池","b":1,"f":"1.5"},"subject_id":"1","subject_kind":"k"}'
        ).encode()
    )


def test_a_number_that_a_double_cannot_hold_stands_as_text() -> None:
    assert b'"n":"9007199254740993"' in canonical(n=2**53 + 1)
    assert b'"n":null' in canonical(n=float("nan"))
    assert b'"1":true' in canonical_event(
        at=AT,
        actor="",
        action="",
        subject_kind="",
        subject_id="",
        detail={1: True},  # type: ignore[dict-item]
        salt=SALT,
    )


def test_who_is_named_is_only_committed_to() -> None:
    detail = {"to": "closed", "note": "李四在场", "crew": {"person": "王五", "count": 2}}
    event = canonical_event(
        at=AT, actor="li", action="a", subject_kind="k", subject_id="1", detail=detail, salt=SALT
    )
    assert not any(name.encode() in event for name in ("李四", "王五", '"li"'))
    stated = json.loads(event)
    found = openings("li", detail)
    assert found == {"actor": "li", "detail.note": "李四在场", "detail.crew.person": "王五"}
    assert stated["actor"] == {"commitment": commitment("li", "actor", SALT)}
    assert stated["detail"]["note"]["commitment"] == commitment("李四在场", "detail.note", SALT)
    assert (stated["detail"]["to"], stated["detail"]["crew"]["count"]) == ("closed", 2)
    assert commitment("li", "actor", bytes([1])) != commitment("li", "actor", SALT)


def test_a_note_is_signed_over_its_text() -> None:
    signer = load_signer("example.org/log", make_key())
    text = checkpoint_text(signer.name, 7, b"\1" * 32)
    assert text == f"example.org/log\n7\n{base64.b64encode(bytes([1]) * 32).decode()}\n"
    signed, line = signer.note(text).split("\n\n")
    dash, name, blob = line.rstrip("\n").split(" ")
    raw = base64.b64decode(blob)
    assert (signed + "\n", dash, name) == (text, "—", "example.org/log")
    assert is_signed_by(signer.public_key, raw[4:], text.encode())
    assert not is_signed_by(signer.public_key, raw[4:], text.replace("7", "8").encode())
    key_name, key_id, key = signer.verifier_key.split("+", 2)
    assert (key_name, bytes.fromhex(key_id)) == (name, raw[:4])
    assert base64.b64decode(key) == b"\x01" + signer.public_key


def test_the_key_of_the_specification_has_its_published_id() -> None:
    # golang.org/x/mod/sumdb/note, the package's own example.
    published = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    from alerts.evidence.note import Signer

    public_key = base64.b64decode(published.split("+", 2)[2])[1:]
    assert Signer("PeterNeumann", public_key, lambda _text: b"").verifier_key == published


@pytest.mark.parametrize(
    "pem", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_refused_at_start(pem: str) -> None:
    with pytest.raises(ConfigError, match=r"evidence\.signing_key"):
        load_signer("x", pem)


def test_times_of_any_offset_are_the_same_bytes() -> None:
    same = canonical_event(
        at=AT.astimezone(UTC), actor="system", action="a", subject_kind="k", subject_id="1",
        detail={}, salt=SALT,
    )  # fmt: skip
    assert same == canonical()
