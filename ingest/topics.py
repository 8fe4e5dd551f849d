"""Topics to codecs: which messages we ask the broker for, and how each is to be read. Pure."""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from core.errors import DecodeError, RejectedMessageError
from core.reading import normalise_uid

GATEWAY_UID_CHARS_MAX = 64


class Route(NamedTuple):
    """How a topic is read; ``codec`` is None for a gateway's own status."""

    codec: str | None
    gateway_uid: str | None


class Pattern(NamedTuple):
    """A topic family: levels separated by ``/``, ``+`` stands for one, ``{gateway}`` names it.

    ``shared`` filters are split over the replicas of a group; a status must reach them all,
    and a shared subscription would not get its retained value.
    """

    levels: str
    codec: str | None
    shared: bool = True


PATTERNS = (
    Pattern("trapwatch/v1/{gateway}/up", "native"),
    Pattern("trapwatch/v1/{gateway}/status", None, shared=False),
    Pattern("application/+/device/+/event/up", "chirpstack"),
)


def subscriptions(share_group: str) -> list[str]:
    """Return the topic filters of one worker; an empty group means no shared subscription."""
    filters = []
    for pattern in PATTERNS:
        topic_filter = pattern.levels.replace("{gateway}", "+")
        shared = bool(share_group) and pattern.shared
        filters.append(f"$share/{share_group}/{topic_filter}" if shared else topic_filter)
    return filters


@lru_cache(maxsize=65_536)
def parse(topic: str) -> Route:
    """Return how to read a topic.

    Raises: RejectedMessageError: reason ``unknown_topic``.
    """
    seen = topic.split("/")
    for pattern, levels in _SPLIT:
        if len(levels) == len(seen):
            route = _match(pattern, levels, seen)
            if route is not None:
                return route
    raise RejectedMessageError("unknown_topic", f"no codec is configured for topic {topic[:200]!r}")


def parse_status(payload: bytes) -> bool:
    """Return whether a gateway says that it is online: {"online": true|false}.

    Raises: DecodeError: anything else.
    """
    try:
        return _decode_status(payload).online
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f'{{"online": true|false}} expected: {error}') from None


class _Status(msgspec.Struct):
    online: bool


_decode_status = msgspec.json.Decoder(_Status).decode
_SPLIT = tuple((pattern, pattern.levels.split("/")) for pattern in PATTERNS)


def _match(pattern: Pattern, levels: list[str], seen: list[str]) -> Route | None:
    gateway_uid = None
    for level, part in zip(levels, seen, strict=True):
        if level == "{gateway}":
            gateway_uid = normalise_uid(part)
            if not 0 < len(gateway_uid) <= GATEWAY_UID_CHARS_MAX or not gateway_uid.isprintable():
                return None
        elif level not in {"+", part}:
            return None
    return Route(pattern.codec, gateway_uid)
