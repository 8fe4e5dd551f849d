"""Links in messages: they show one alert or ticket for a while without a login. Pure.

The token of a link says what it shows and until when, under an HMAC-SHA256 (RFC 2104) cut to 128
bits; its key comes from those that seal webhook secrets. It grants no change and nothing beside
its subject, so what a chat keeps is worth little, and soon nothing.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct, error
from typing import Literal, NamedTuple

from core.instant import SECOND_US

LinkKind = Literal["alert", "ticket"]

#: Version, kind, number, end in seconds since the Unix epoch.
_CLAIM = Struct(">BBQI")
_VERSION = 1
_KINDS: tuple[LinkKind, ...] = ("alert", "ticket")
_PURPOSE = b"trapwatch deep link"
_TAG_BYTES = 16
_PATHS: dict[str, LinkKind] = {"/api/v1/alerts/": "alert", "/api/v1/tickets/": "ticket"}


class DeepLink(NamedTuple):
    """What a token shows, and until when (seconds since the Unix epoch)."""

    kind: LinkKind
    number: int
    ends_s: int

    @property
    def ends_at(self) -> datetime:
        """Return when it stops showing anything."""
        return datetime.fromtimestamp(self.ends_s, UTC)

    def is_over(self, now_us: int) -> bool:
        """Return whether it shows nothing any longer."""
        return now_us >= self.ends_s * SECOND_US


class DeepLinks:
    """Makes tokens with the first key and reads those of each; they are good for ``life_s``."""

    def __init__(self, keys: Sequence[bytes], life_s: int) -> None:
        self._keys = [hmac.digest(key, _PURPOSE, sha256) for key in keys]
        self._life_s = life_s

    def path(self, api_path: str, at_us: int) -> str | None:
        """Return the link to what an API path names; None: pages show no such thing."""
        for prefix, kind in _PATHS.items():
            number = api_path.removeprefix(prefix)
            if number != api_path and number.isascii() and number.isdigit():
                ends_s = at_us // SECOND_US + self._life_s
                return f"/d/{self.token(DeepLink(kind, int(number), ends_s))}"
        return None

    def token(self, link: DeepLink) -> str:
        """Return the token of a link: 40 characters of base64url."""
        claim = _CLAIM.pack(_VERSION, _KINDS.index(link.kind), link.number, link.ends_s)
        return urlsafe_b64encode(claim + self._tag(self._keys[0], claim)).decode().rstrip("=")

    def read(self, token: str) -> DeepLink | None:
        """Return what a token shows, also when it is over; None: it is none of ours."""
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
            claim, tag = raw[: _CLAIM.size], raw[_CLAIM.size :]
            version, kind, number, ends_s = _CLAIM.unpack(claim)
        except (UnicodeEncodeError, Base64Error, error):
            return None
        is_ours = any(hmac.compare_digest(self._tag(key, claim), tag) for key in self._keys)
        if not is_ours or version != _VERSION:
            return None
        return DeepLink(_KINDS[kind], number, ends_s)

    @staticmethod
    def _tag(key: bytes, claim: bytes) -> bytes:
        return hmac.digest(key, claim, sha256)[:_TAG_BYTES]
