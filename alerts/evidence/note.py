"""Signed notes and checkpoints as C2SP writes them (signed-note.md, tlog-checkpoint.md). Pure.

A checkpoint is three lines of text: the ledger's name, how many leaves, the root in base64; then
an empty line and one signature line a key.
"""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4


class Signer(NamedTuple):
    """A named Ed25519 key: 32 public bytes, and a function that signs with the private ones."""

    name: str
    public_key: bytes
    sign: Callable[[bytes], bytes]

    @property
    def verifier_key(self) -> str:
        """Return what others need to check its signatures: ``name+hash+base64``."""
        key = base64.b64encode(_ED25519 + self.public_key).decode()
        return f"{self.name}+{self._key_id().hex()}+{key}"

    def note(self, text: str) -> str:
        """Return a text (which ends in a newline) with this key's signature line."""
        assert text.endswith("\n"), "a note's text ends in a newline"
        signature = base64.b64encode(self._key_id() + self.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"

    def _key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + _ED25519 + self.public_key
        return sha256(named).digest()[:_KEY_ID_BYTES]


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint, before it is signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


class Statement(NamedTuple):
    """What a checkpoint states: the first ``size`` entries of a ledger have this root."""

    origin: str
    size: int
    root_hash: bytes


def read_checkpoint(note: str) -> Statement:
    """Return what a checkpoint states; its signatures are not looked at.

    Raises: ValueError: it is none.
    """
    lines = note.partition("\n\n")[0].split("\n")
    if len(lines) != 3 or not lines[1].isdecimal():
        raise ValueError("a checkpoint expected: origin, size and root on three lines")
    return Statement(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
