"""What is known of one Sparkplug edge node: its session, and what its births declared. Pure.

Source: Eclipse Sparkplug 3.0, chapters 5 (operational behaviour) and 6.4 (payloads).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from core.errors import DecodeError
from core.instant import SECOND_US
from core.reading import Metric
from ingest.codecs.sparkplug import names_of, plain_of_tag
from ingest.codecs.sparkplug_payload import SEQ_COUNT, Payload, Tag

#: Names and aliases that the births of one edge node may declare, each device counting as one too.
DECLARED_COUNT_MAX = 4_000
REBIRTH_WAIT_US_MIN = 10 * SECOND_US
REBIRTH_WAIT_US_MAX = 600 * SECOND_US
#: A birth that is older than the one in force is a late copy, unless the node's clock was set back;
#: no network holds a message longer than this.
STALE_BIRTH_US = 60 * SECOND_US


class Status(Enum):
    """How far an edge node's aliases may be trusted; in words, why not."""

    UNBORN = "its NBIRTH has not been seen"
    LIVE = "live"
    SUSPECT = "a message before it is missing or out of order"
    DEAD = "its edge node is dead"


class Event(Enum):
    """What a message means for the session."""

    BIRTH = "birth"
    STALE_BIRTH = "stale birth"
    BAD_BIRTH = "bad birth"
    IN_ORDER = "in order"
    OUT_OF_ORDER = "out of order"
    DISCONNECTION = "disconnection of ours"
    DEATH = "death"


class Step(NamedTuple):
    """The next status, and whether to ask the edge node for its births."""

    status: Status
    asks: bool = False


TRANSITIONS: Mapping[tuple[Status, Event], Step] = {
    (Status.UNBORN, Event.BIRTH): Step(Status.LIVE),
    (Status.UNBORN, Event.BAD_BIRTH): Step(Status.UNBORN),
    (Status.UNBORN, Event.OUT_OF_ORDER): Step(Status.UNBORN, asks=True),
    (Status.UNBORN, Event.DISCONNECTION): Step(Status.UNBORN),
    (Status.UNBORN, Event.DEATH): Step(Status.DEAD),
    (Status.LIVE, Event.BIRTH): Step(Status.LIVE),
    (Status.LIVE, Event.STALE_BIRTH): Step(Status.SUSPECT, asks=True),
    (Status.LIVE, Event.BAD_BIRTH): Step(Status.UNBORN),
    (Status.LIVE, Event.IN_ORDER): Step(Status.LIVE),
    (Status.LIVE, Event.OUT_OF_ORDER): Step(Status.SUSPECT, asks=True),
    (Status.LIVE, Event.DISCONNECTION): Step(Status.SUSPECT),
    (Status.LIVE, Event.DEATH): Step(Status.DEAD),
    (Status.SUSPECT, Event.BIRTH): Step(Status.LIVE),
    (Status.SUSPECT, Event.STALE_BIRTH): Step(Status.SUSPECT, asks=True),
    (Status.SUSPECT, Event.BAD_BIRTH): Step(Status.UNBORN),
    (Status.SUSPECT, Event.OUT_OF_ORDER): Step(Status.SUSPECT, asks=True),
    (Status.SUSPECT, Event.DISCONNECTION): Step(Status.SUSPECT),
    (Status.SUSPECT, Event.DEATH): Step(Status.DEAD),
    (Status.DEAD, Event.BIRTH): Step(Status.LIVE),
    (Status.DEAD, Event.STALE_BIRTH): Step(Status.DEAD),
    (Status.DEAD, Event.BAD_BIRTH): Step(Status.UNBORN),
    (Status.DEAD, Event.OUT_OF_ORDER): Step(Status.DEAD, asks=True),
    (Status.DEAD, Event.DISCONNECTION): Step(Status.DEAD),
    (Status.DEAD, Event.DEATH): Step(Status.DEAD),
}


class UnknownAliasError(DecodeError):
    """An alias that the birth in force has not declared."""


class Scope(NamedTuple):
    """What one birth declared, of an edge node itself or of one device.

    ``names`` says which name stands for each metric; ``by_name`` holds the metrics that are ours,
    ``by_alias`` all, None being one that is not ours.
    """

    names: Mapping[Metric, str]
    by_name: Mapping[str, Tag]
    by_alias: Mapping[int, Tag | None]

    @property
    def declared_count(self) -> int:
        """How much of DECLARED_COUNT_MAX it takes."""
        return 1 + len(self.by_name) + len(self.by_alias)


class Refused(NamedTuple):
    """A birth that could not be understood: asking for it again would not help."""

    reason: str

    @property
    def declared_count(self) -> int:
        """How much of DECLARED_COUNT_MAX it takes."""
        return 1


@dataclass(slots=True)
class Session:
    """One edge node; ``scopes`` by device level of the topic, empty for the edge node itself."""

    group: str
    edge: str
    status: Status = Status.UNBORN
    bd_seq: int | None = None
    seq: int = 0
    born_ms: int | None = None
    born_at_us: int = 0
    last_message: int | None = None
    scopes: dict[str, Scope | Refused] = field(default_factory=dict)
    asked_at_us: int | None = None
    rebirth_wait_us: int = REBIRTH_WAIT_US_MIN

    def take(self, event: Event) -> bool:
        """Go to the next status; return whether the edge node should be asked for its births."""
        self.status, asks = TRANSITIONS[self.status, event]
        return asks

    def be_born(self, bd_seq: int, message: Payload, now_us: int) -> None:
        """Begin a session with an NBIRTH."""
        self.take(Event.BIRTH)
        self.bd_seq, self.seq = bd_seq, message.seq
        self.born_ms, self.born_at_us = message.timestamp_ms, now_us
        self.rebirth_wait_us = REBIRTH_WAIT_US_MIN
        self.last_message = None
        self.scopes.clear()

    def is_stale(self, birth: Payload, now_us: int) -> bool:
        """Return whether an NBIRTH is a late copy of one before."""
        if self.born_ms is None or birth.timestamp_ms is None or self.status is Status.UNBORN:
            return False
        is_older = birth.timestamp_ms < self.born_ms
        is_of_the_dead = self.status is Status.DEAD and birth.timestamp_ms == self.born_ms
        return (is_older or is_of_the_dead) and abs(now_us - self.born_at_us) < STALE_BIRTH_US

    def follow(self, message: Payload, identity: int) -> bool:
        """Count a message of the session; return whether the edge node should be asked.

        ``identity`` tells a repetition of the last message, which is in order, from another one.
        """
        is_repetition = identity == self.last_message
        expected = self.seq if is_repetition else (self.seq + 1) % SEQ_COUNT
        in_order = (
            self.status is Status.LIVE
            and message.seq == expected
            and not self._is_of_before(message)
        )
        if in_order:
            self.seq, self.last_message = expected, identity
        return self.take(Event.IN_ORDER if in_order else Event.OUT_OF_ORDER)

    def may_ask(self, now_us: int) -> bool:
        """Return whether to ask now; waits double from 10 s to 10 min until a birth comes."""
        if self.asked_at_us is not None:
            if 0 <= now_us - self.asked_at_us < self.rebirth_wait_us:
                return False
            self.rebirth_wait_us = min(2 * self.rebirth_wait_us, REBIRTH_WAIT_US_MAX)
        self.asked_at_us = now_us
        return True

    @property
    def declared_count(self) -> int:
        """How much of DECLARED_COUNT_MAX is taken."""
        return sum(scope.declared_count for scope in self.scopes.values())

    def _is_of_before(self, message: Payload) -> bool:
        # A payload's time is when it was published; a store-and-forward flush may carry its own.
        if self.born_ms is None or message.timestamp_ms is None:
            return False
        is_live = not message.tags or any(not tag.is_historical for tag in message.tags)
        return is_live and message.timestamp_ms < self.born_ms


def scope_of(tags: Iterable[Tag]) -> Scope:
    """Return what a birth declares.

    Raises: DecodeError: a metric without a name, an alias twice, or a unit that the metric cannot
        have.
    """
    by_name: dict[str, Tag] = {}
    by_alias: dict[int, Tag | None] = {}
    for tag in tags:
        if not tag.name:
            raise DecodeError(f"birth: a name for alias {tag.alias} expected, none seen")
        ours = None
        if plain_of_tag(tag.name) is not None:
            ours = by_name[tag.name] = Tag(tag.name, datatype=tag.datatype, unit=tag.unit)
        if tag.alias is not None:
            known = by_alias.setdefault(tag.alias, ours)
            if known != ours:
                raise DecodeError(f"birth: one metric for alias {tag.alias} expected, two seen")
    return Scope(names_of(by_name.values()), by_name, by_alias)


def resolve(tags: Iterable[Tag], scope: Scope | None, why: str) -> list[Tag]:
    """Return data's metrics with the names, datatypes and units of their birth.

    Without ``scope``, for the reason ``why``, or for a name that was not declared, a metric is only
    understood where it says its unit itself.

    Raises: UnknownAliasError; DecodeError: no scope, and only an alias or a number without a unit.
    """
    known = []
    for tag in tags:
        if tag.name:
            declared = scope.by_name.get(tag.name) if scope else None
            if declared is None and not _says_unit(tag):
                raise DecodeError(f"{tag.name[:80]}: its birth would say the unit; {why}")
        elif scope is None:
            raise DecodeError(f"alias {tag.alias}: its birth would say the name; {why}")
        elif tag.alias is None or tag.alias not in scope.by_alias:
            raise UnknownAliasError(f"alias {tag.alias}: one of the birth expected, no such seen")
        else:
            declared = scope.by_alias[tag.alias]
            if declared is None:
                continue
        known.append(tag if declared is None else _completed(tag, declared))
    return known


def _completed(tag: Tag, declared: Tag) -> Tag:
    return tag._replace(
        name=declared.name,
        datatype=tag.datatype or declared.datatype,
        unit=tag.unit or declared.unit,
    )


def _says_unit(tag: Tag) -> bool:
    plain = plain_of_tag(tag.name)
    return plain is None or bool(tag.unit or plain.unit) or plain.metrics[0] is Metric.COVER_OPEN
