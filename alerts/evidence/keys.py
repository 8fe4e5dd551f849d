"""The ledger's private key: read from PEM, made once by the embedded stack."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from alerts.evidence.note import Signer
from core.errors import ConfigError

_RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw


def make_key() -> str:
    """Return a new private key as PEM (PKCS #8)."""
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def load_signer(name: str, pem: str) -> Signer:
    """Return the signer of a private key, as `openssl genpkey -algorithm ed25519` writes it.

    Raises: ConfigError: this is no Ed25519 private key.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError("evidence.signing_key: no PEM private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("evidence.signing_key: an Ed25519 private key is expected")
    return Signer(name, key.public_key().public_bytes(*_RAW), key.sign)


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether a signature over ``message`` is that of a 32-byte public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
