"""Standard Webhooks signatures, symmetric scheme ``v1``.

Pure: no clock, no randomness. Source: Standard Webhooks specification 1.0.0, "Verifying webhook
authenticity". What is signed is ``{id}.{timestamp}.{body}``, with the exact bytes of the body.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest

SECRET_PREFIX = "whsec_"
#: Key sizes the specification allows.
SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64
#: How far the timestamp of a message may be from the verifier's clock.
TOLERANCE_S = 300

_SCHEME = "v1"


class SignatureMismatchError(ValueError):
    """A message does not carry a valid, timely signature; the text says which of the two."""


def generate_secret(random_bytes: bytes) -> str:
    """Return a secret ``whsec_…`` made of 24 to 64 bytes from a cryptographic generator.

    Raises: ValueError: too few or too many bytes.
    """
    if not SECRET_BYTES_MIN <= len(random_bytes) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret has 24 to 64 bytes, not {len(random_bytes)}")
    return SECRET_PREFIX + b64encode(random_bytes).decode()


def parse_secret(secret: str) -> bytes:
    """Return the key bytes of a secret ``whsec_`` + base64.

    Raises: ValueError: no prefix, not base64, or not 24 to 64 bytes. The text never holds the
        secret.
    """
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a secret starts with {SECRET_PREFIX!r}")
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"a secret is base64 after {SECRET_PREFIX!r}") from None
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret has 24 to 64 bytes, not {len(key)}")
    return key


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return one signature ``v1,<base64>``.

    ``timestamp_s`` is the Unix time of this attempt in whole seconds, as sent in
    ``webhook-timestamp``; ``message_id`` is what is sent in ``webhook-id``.

    Raises: ValueError: the secret is malformed, or the id holds a dot (the separator).
    """
    if "." in message_id:
        raise ValueError("a message id holds no dot: it separates the signed parts")
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp_s, body)
    return f"{_SCHEME},{b64encode(hmac_digest(parse_secret(secret), signed, sha256)).decode()}"


def sign_with_each(secrets: Sequence[str], message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return the ``webhook-signature`` header: one signature a secret, separated by spaces.

    While a secret is rotated the old and the new one both sign, so the receiver may hold either.
    """
    return " ".join(sign(secret, message_id, timestamp_s, body) for secret in secrets)


def verify(
    secret: str, message_id: str, timestamp_s: int, body: bytes, *, header: str, now_s: int
) -> None:
    """Accept a message whose ``webhook-signature`` header holds a valid signature.

    Signatures of other schemes in the header are passed over, as the specification asks.

    Raises: SignatureMismatchError: none fits, or the timestamp is more than 300 s off ``now_s``.
    """
    if abs(now_s - timestamp_s) > TOLERANCE_S:
        raise SignatureMismatchError(f"timestamp is {now_s - timestamp_s} s old")
    expected = sign(secret, message_id, timestamp_s, body).encode()
    # Every candidate is compared in constant time; the header may hold anything, also non-ASCII.
    if not any(compare_digest(expected, part.encode()) for part in header.split(" ")):
        raise SignatureMismatchError("no signature fits")
