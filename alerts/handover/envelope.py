"""A signed JSON document: its exact bytes, who signed it, and why one is refused. Pure.

``{"payload": …, "signature": {"key": verifier key, "value": base64}}`` as canonical JSON: RFC 8785.
Ed25519 signs the canonical payload behind a prefix of its own, so that a signature under a
checkpoint is none under a document. Only the canonical bytes are taken: whatever byte is changed,
it is refused.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

from alerts.evidence.canonical import canonical_json
from alerts.evidence.keys import is_signed_by
from alerts.evidence.note import Signer
from core.errors import ForbiddenError, InvalidRequestError

_PREFIX = b"trapwatch-handover/1\n"
_MEMBERS = {"payload", "signature"}


def seal(payload: Mapping[str, Any], signer: Signer) -> bytes:
    """Return the document of a payload, whose ``origin`` is the signer's name."""
    assert payload["origin"] == signer.name, "nobody signs in another's name"
    signature = signer.sign(_PREFIX + canonical_json(payload))
    return canonical_json(
        {
            "payload": payload,
            "signature": {
                "key": signer.verifier_key,
                "value": base64.b64encode(signature).decode(),
            },
        }
    )


def unseal(document: bytes, trusted: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the payload of a document that a trusted key has signed.

    Raises: InvalidRequestError: it is no such document, or not as it was signed; ForbiddenError:
        the key is not trusted, or its owner signed in another's name.
    """
    payload, key, value = _parts(document)
    public_key = trusted.get(key)
    if public_key is None:
        raise ForbiddenError(f"it is signed with a key that is not trusted here: {key}")
    try:
        signature = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequestError("signature.value: no base64") from None
    is_exact = base64.b64encode(signature).decode() == value
    if not is_exact or not is_signed_by(public_key, signature, _PREFIX + canonical_json(payload)):
        raise InvalidRequestError("the signature does not fit: the document was altered")
    name = key.partition("+")[0]
    if payload.get("origin") != name:
        raise ForbiddenError(f"it is signed by {name}, but says that it is another's")
    return payload


def _parts(document: bytes) -> tuple[dict[str, Any], str, str]:
    try:
        whole = orjson.loads(document)
        is_canonical = isinstance(whole, dict) and canonical_json(whole) == document
    except (ValueError, TypeError, RecursionError):
        raise InvalidRequestError("this is no JSON document") from None
    if not is_canonical:
        raise InvalidRequestError(
            "these are not the canonical bytes that were signed: altered, or formatted anew"
        )
    signature = whole.get("signature")
    if set(whole) != _MEMBERS or not isinstance(whole["payload"], dict):
        raise InvalidRequestError("this is no hand-over document: payload and signature expected")
    if not isinstance(signature, dict) or set(signature) != {"key", "value"}:
        raise InvalidRequestError("signature: key and value expected")
    key, value = signature["key"], signature["value"]
    if not isinstance(key, str) or not isinstance(value, str):
        raise InvalidRequestError("signature: key and value are texts")
    return whole["payload"], key, value
