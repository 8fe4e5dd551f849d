"""The text of a machine token: recognisable, and wrong ones are told without asking the database.

Pure. ``tw_``, 30 characters base62 (178 bits), 6 characters base62 of the CRC-32 over what stands
before: the format of GitHub's tokens (github.blog, "Behind GitHub's new authentication token
formats", 2021), so that scanners for leaked secrets can find them and do not err.
"""

import re
import zlib
from hashlib import sha256

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX = "tw_"
_SECRET_CHARS = 30
_CHECK_CHARS = 6
_TOKEN = re.compile(r"(tw_[0-9A-Za-z]{30})([0-9A-Za-z]{6})", re.ASCII)
#: How much randomness `make_token` wants.
RANDOM_BYTES = 32


def make_token(random_bytes: bytes) -> str:
    """Return the token of RANDOM_BYTES random bytes."""
    assert len(random_bytes) == RANDOM_BYTES
    secret = _base62(int.from_bytes(random_bytes) % 62**_SECRET_CHARS, _SECRET_CHARS)
    return f"{_PREFIX}{secret}{_check(_PREFIX + secret)}"


def is_token(text: str) -> bool:
    """Return whether a text has the form and the checksum of a token."""
    found = _TOKEN.fullmatch(text)
    return found is not None and _check(found[1]) == found[2]


def hash_of(secret: str) -> bytes:
    """Return what is stored of a token or session: their randomness needs no slow hash."""
    return sha256(secret.encode()).digest()


def _check(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECK_CHARS)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
