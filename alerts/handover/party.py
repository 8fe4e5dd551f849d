"""Who we are to other jurisdictions, and whose word we take: from the settings of evidence."""

import base64
import binascii
from collections.abc import Mapping
from typing import NamedTuple

from alerts.evidence.keys import load_signer
from alerts.evidence.note import Signer
from core.errors import ConfigError, ConflictError
from core.settings import EvidenceSettings

#: A verifier key's bytes: the algorithm (1: Ed25519) and the public key.
_ALGORITHM, _KEY_BYTES = b"\x01", 32


class Party(NamedTuple):
    """Our name, our key if there is one, and trusted keys: verifier key to public bytes."""

    name: str
    signer: Signer | None
    trusted: Mapping[str, bytes]
    document_bytes_max: int

    def trusts(self, name: str) -> bool:
        """Return whether a key of that name is trusted."""
        return any(key.partition("+")[0] == name for key in self.trusted)

    def require_signer(self) -> Signer:
        """Return our key.

        Raises: ConflictError: none is set.
        """
        if self.signer is None:
            raise ConflictError("nothing can be signed: TRAPWATCH_EVIDENCE__SIGNING_KEY is not set")
        return self.signer


def party_of(evidence: EvidenceSettings) -> Party:
    """Return who the settings say that we are.

    Raises: ConfigError: the signing key or a trusted key is none.
    """
    signer = (
        None
        if evidence.signing_key is None
        else load_signer(evidence.origin, evidence.signing_key.get_secret_value())
    )
    trusted = {key: parse_verifier_key(key) for key in evidence.trusted_keys}
    return Party(evidence.origin, signer, trusted, evidence.handover_bytes_max)


def parse_verifier_key(text: str) -> bytes:
    """Return the 32 public bytes of ``name+hash+base64`` (C2SP signed-note).

    Raises: ConfigError: it is none, or its hash is not that of its name and key.
    """
    name, _, rest = text.partition("+")
    try:
        raw = base64.b64decode(rest.partition("+")[2], validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    public_key = raw.removeprefix(_ALGORITHM)
    if len(raw) != 1 + _KEY_BYTES or len(public_key) != _KEY_BYTES:
        raise ConfigError(f"evidence.trusted_keys: {text!r} is no Ed25519 verifier key")
    if Signer(name, public_key, _cannot_sign).verifier_key != text:
        raise ConfigError(f"evidence.trusted_keys: the hash in {text!r} does not fit name and key")
    return public_key


def _cannot_sign(_message: bytes) -> bytes:
    raise AssertionError("a verifier key does not sign")
