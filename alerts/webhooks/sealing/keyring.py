"""Secrets at rest: AES-256-GCM envelopes under one of several keys.

Pure; nonces come from the caller's generator. An envelope is ``sealed:v1:<key id>:<base64 of nonce
and ciphertext>``. It is bound to what it belongs to (the associated data), so that one endpoint's
cannot be put into another's row. Source: NIST SP 800-38D; 96-bit random nonces, far fewer than
2^32 of them a key.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_PREFIX = "sealed:v1:"


class UnsealableError(ValueError):
    """A stored value cannot be opened; the text never holds any of it."""


def is_sealed(value: str) -> bool:
    """Return whether a stored value is an envelope, not the plain text of an earlier version."""
    return value.startswith(_PREFIX)


def key_id_of(envelope: str) -> str:
    """Return the id of the key that made an envelope."""
    return envelope.removeprefix(_PREFIX).partition(":")[0]


class Keyring:
    """Keys of 32 bytes: the first seals, each opens. ``random_bytes`` must be cryptographic."""

    def __init__(self, keys: list[bytes], random_bytes: Callable[[int], bytes]) -> None:
        self._keys: Mapping[str, AESGCM] = {_key_id(key): AESGCM(key) for key in keys}
        self.first_id = _key_id(keys[0])
        self._random_bytes = random_bytes

    @classmethod
    def parse(cls, text: str, random_bytes: Callable[[int], bytes]) -> "Keyring":
        """Return a ring of the keys in ``text``.

        Raises: ValueError: as ``keys_of``.
        """
        return cls(keys_of(text), random_bytes)

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of all keys."""
        return frozenset(self._keys)

    def seal(self, plain: str, bound_to: str) -> str:
        """Return ``plain`` as an envelope that opens only for the same ``bound_to``."""
        nonce = self._random_bytes(_NONCE_BYTES)
        sealed = self._keys[self.first_id].encrypt(nonce, plain.encode(), bound_to.encode())
        return f"{_PREFIX}{self.first_id}:{b64encode(nonce + sealed).decode()}"

    def open(self, envelope: str, bound_to: str) -> str:
        """Return what was sealed.

        Raises: UnsealableError: not an envelope, made by a key that is not here, altered, or bound
            to something else.
        """
        if not is_sealed(envelope):
            raise UnsealableError("stored in plain text: run `trapwatch webhooks rekey`")
        key_id, _, encoded = envelope.removeprefix(_PREFIX).partition(":")
        key = self._keys.get(key_id)
        if key is None:
            raise UnsealableError(f"sealed with key {key_id}, which is not among ours")
        try:
            raw = b64decode(encoded, validate=True)
            return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise UnsealableError("altered, or moved from another endpoint") from None


def keys_of(text: str) -> list[bytes]:
    """Return the keys in ``text``: base64, separated by commas or white space.

    Raises: ValueError: none, or one that is not 32 bytes in base64; it is not repeated.
    """
    keys = [_key(part) for part in text.replace(",", " ").split()]
    if not keys:
        raise ValueError("at least one key expected")
    return keys


def _key(encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes in base64: `openssl rand -base64 32`")
    return key


def _key_id(key: bytes) -> str:
    # Eight hex digits of a hash tell keys apart and say nothing about 256 random bits.
    return sha256(b"trapwatch webhook key" + key).hexdigest()[:8]
