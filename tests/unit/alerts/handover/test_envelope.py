import base64
import json
from typing import Any

import pytest

from alerts.evidence.canonical import canonical_json
from alerts.evidence.keys import load_signer, make_key
from alerts.evidence.note import checkpoint_text
from alerts.handover.envelope import seal, unseal
from core.errors import ForbiddenError, InvalidRequestError, RequestError

OURS = load_signer("a.example/ledger", make_key())
OTHERS = load_signer("b.example/ledger", make_key())
TRUSTED = {OURS.verifier_key: OURS.public_key}
PAYLOAD = {"origin": OURS.name, "ticket": 12, "note": "隔油池", "facts": {"value": 1.5, "x": None}}
DOCUMENT = seal(PAYLOAD, OURS)


def rewritten(**members: Any) -> bytes:
    return canonical_json(json.loads(DOCUMENT) | members)


def test_what_was_signed_comes_back() -> None:
    assert unseal(DOCUMENT, TRUSTED) == PAYLOAD
    assert seal(PAYLOAD, OURS) == DOCUMENT


def test_any_byte_that_is_changed_any_way_is_refused() -> None:
    for place in range(len(DOCUMENT)):
        for flip in (0x01, 0x02, 0x10, 0x20, 0x80):
            altered = bytearray(DOCUMENT)
            altered[place] ^= flip
            with pytest.raises(RequestError):
                unseal(bytes(altered), TRUSTED)


def test_any_byte_that_is_missing_or_added_is_refused() -> None:
    for place in range(len(DOCUMENT)):
        with pytest.raises(RequestError):
            unseal(DOCUMENT[:place] + DOCUMENT[place + 1 :], TRUSTED)
        with pytest.raises(RequestError):
            unseal(DOCUMENT[:place] + b" " + DOCUMENT[place:], TRUSTED)
    with pytest.raises(RequestError):
        unseal(DOCUMENT + b"\n", TRUSTED)


def test_the_same_json_in_other_bytes_is_refused() -> None:
    for other in (json.dumps(json.loads(DOCUMENT)), json.dumps(json.loads(DOCUMENT), indent=1)):
        with pytest.raises(InvalidRequestError, match="canonical"):
            unseal(other.encode(), TRUSTED)


def test_base64_that_decodes_to_the_same_is_refused() -> None:
    signature = json.loads(DOCUMENT)["signature"]
    value = signature["value"]
    # 64 bytes leave four bits of the last digit unused; another digit decodes to the same.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = value[:-3] + letters[letters.index(value[-3]) ^ 1] + "=="
    assert base64.b64decode(twin) == base64.b64decode(value)
    with pytest.raises(InvalidRequestError, match="altered"):
        unseal(rewritten(signature={**signature, "value": twin}), TRUSTED)


def test_who_signs_must_be_trusted_and_speak_for_themselves() -> None:
    theirs = seal(PAYLOAD | {"origin": OTHERS.name}, OTHERS)
    with pytest.raises(ForbiddenError, match="not trusted"):
        unseal(theirs, TRUSTED)
    # A key that claims the trusted one's name is another key all the same.
    twin = load_signer(OURS.name, make_key())
    with pytest.raises(ForbiddenError, match="not trusted"):
        unseal(seal(PAYLOAD, twin), TRUSTED)
    # A trusted key may not sign as somebody else.
    forger = OTHERS._replace(name=OURS.name)
    forged = json.loads(seal(PAYLOAD, forger))
    forged["signature"]["key"] = OTHERS.verifier_key
    both = TRUSTED | {OTHERS.verifier_key: OTHERS.public_key}
    with pytest.raises(ForbiddenError, match="another's"):
        unseal(canonical_json(forged), both)


def test_a_signature_under_something_else_is_none_here() -> None:
    payload = json.loads(DOCUMENT)["payload"]
    bare = base64.b64encode(OURS.sign(canonical_json(payload))).decode()
    with pytest.raises(InvalidRequestError, match="altered"):
        unseal(rewritten(signature={"key": OURS.verifier_key, "value": bare}), TRUSTED)
    note = OURS.note(checkpoint_text(OURS.name, 1, b"\0" * 32))
    with pytest.raises(InvalidRequestError):
        unseal(note.encode(), TRUSTED)


NO_DOCUMENTS = {
    "nothing": b"",
    "null": b"null",
    "list": b"[]",
    "empty": b"{}",
    "open": b"{",
    "not UTF-8": b"\xff",
    "other members": b'{"a":1}',
    "deep lists": b"[" * 5_000,
    "deep payload": b'{"payload":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b',"signature":{}}',
    "payload a list": rewritten(payload=[]),
    "signature null": rewritten(signature=None),
    "signature without value": rewritten(signature={"key": OURS.verifier_key}),
    "key a number": rewritten(signature={"key": 1, "value": "AAAA"}),
    "value not Base64": rewritten(signature={"key": OURS.verifier_key, "value": "*"}),
    "value too short": rewritten(signature={"key": OURS.verifier_key, "value": "AAAA"}),
    "a member more": rewritten(more=1),
}


@pytest.mark.parametrize(
    "document",
    NO_DOCUMENTS.values(),
    ids=NO_DOCUMENTS,
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(RequestError):
        unseal(document, TRUSTED)
