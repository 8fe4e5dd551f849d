"""Topics to codecs: which messages we ask the broker for, and how each is to be read. Pure.

The table is configuration (``ingest.topics``); what stands here is how it is read.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, Self

from core.errors import ConfigError, RejectedMessageError
from core.reading import normalise_uid

UID_CHARS_MAX = 64

#: Codecs whose messages every worker must see: a status is wanted with its retained value, which
#: a shared subscription would not get; a Sparkplug conversation cannot be followed by halves.
UNSHARED_CODECS = frozenset({"gateway-status", "sparkplug"})


class Route(NamedTuple):
    """How a topic is read; the uids are what the topic itself names, in the registry's spelling."""

    codec: str
    gateway_uid: str | None = None
    device_uid: str | None = None
    topic: str = ""


class Pattern(NamedTuple):
    """A topic family: ``+`` is any one level, ``{gateway}`` and ``{device}`` also name it.

    ``{group}`` is one that makes a gateway's name unique: ``group/gateway``.
    """

    levels: tuple[str, ...]
    codec: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``trapwatch/v1/{gateway}/up=native``.

        Raises: ConfigError: no codec, an empty level, or ``#`` (a family has one depth).
        """
        topic, _, codec = text.partition("=")
        levels = tuple(topic.split("/"))
        if not codec or "" in levels or "#" in topic:
            raise ConfigError(f"ingest.topics: topic/{{gateway}}/+=codec expected, {text!r} seen")
        return cls(levels, codec)

    @property
    def topic_filter(self) -> str:
        """The MQTT topic filter of this family."""
        return "/".join("+" if level in _NAMES else level for level in self.levels)


class Topics:
    """The families a worker listens to; the first that fits a topic decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(Pattern.parse(text) for text in patterns)
        self.route = lru_cache(maxsize=65_536)(self._route)

    @property
    def codecs(self) -> set[str]:
        """The names of all codecs that some topic leads to."""
        return {pattern.codec for pattern in self._patterns}

    def subscriptions(self, share_group: str) -> list[str]:
        """Return the topic filters of one worker; an empty group means no shared subscription."""
        return [
            f"$share/{share_group}/{pattern.topic_filter}"
            if share_group and pattern.codec not in UNSHARED_CODECS
            else pattern.topic_filter
            for pattern in self._patterns
        ]

    def _route(self, topic: str) -> Route:
        """Return how to read a topic.

        Raises: RejectedMessageError: reason ``unknown_topic``.
        """
        seen = topic.split("/")
        for pattern in self._patterns:
            if len(pattern.levels) == len(seen):
                route = _match(pattern, topic, seen)
                if route is not None:
                    return route
        raise RejectedMessageError(
            "unknown_topic", f"no codec is configured for topic {topic[:200]!r}"
        )


_NAMES = {"{group}": "group", "{gateway}": "gateway_uid", "{device}": "device_uid", "+": ""}


def _match(pattern: Pattern, topic: str, seen: list[str]) -> Route | None:
    uids: dict[str, str] = {}
    for level, part in zip(pattern.levels, seen, strict=True):
        if level not in _NAMES:
            if level != part:
                return None
        elif level != "+":
            uid = normalise_uid(part)
            if not 0 < len(uid) <= UID_CHARS_MAX or not uid.isprintable():
                return None
            uids[_NAMES[level]] = uid
    group = uids.pop("group", None)
    if group is not None:
        uids["gateway_uid"] = f"{group}/{uids.get('gateway_uid', '')}"
    return Route(pattern.codec, topic=topic, **uids)
