"""An episode: one open (or just closed) alert and what has happened to it. Pure values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from alerts.rules.compiled import CompiledRule
from alerts.subject import Subject


class Sample(NamedTuple):
    """One live reading as a machine sees it."""

    at_us: int
    value: float
    received_at_us: int


class AlertEvent(NamedTuple):
    """Something that happened to an episode, at an event time.

    ``notice`` is the type of the message it brings about; None: nobody is told of it.
    """

    type: str
    at_us: int
    notice: str | None = None


@dataclass(slots=True)
class Episode:
    """One alert; ``alert_id`` is None until it is stored.

    ``level`` counts in the rule's levels and only rises. ``events`` are new since it was loaded;
    ``seq`` numbers the last stored event. ``suppressed_by``: why people were not told of it, or
    not of its last turn. ``is_backfilled``: it was found when its readings came, long after it was
    over. ``is_acked``: somebody has it in hand.
    """

    rule: CompiledRule
    subject: Subject
    started_at_us: int
    fired_at_us: int
    value: float
    peak_value: float
    level: int = 0
    alert_id: int | None = None
    seq: int = 0
    ended_at_us: int | None = None
    relapse_count: int = 0
    reopen_count: int = 0
    suppressed_by: str | None = None
    was_notified: bool = False
    notified_now: bool = False
    is_delayed: bool = False
    is_flapping: bool = False
    is_stale: bool = False
    is_backfilled: bool = False
    is_acked: bool = False
    ack_ended: bool = False
    ticket_id: int | None = None
    severity_before: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    events: list[AlertEvent] = field(default_factory=list)

    @property
    def dedup_key(self) -> str:
        """What makes two episodes the same: rule, subject and metric."""
        key = f"{self.rule.code}:{self.subject.kind}:{self.subject.ref}"
        return key if self.rule.metric is None else f"{key}:{self.rule.metric.label}"

    @property
    def severity(self) -> str:
        """The highest severity so far; that of an older version of the rule may be higher."""
        now, before = self.rule.severity(self.level), self.severity_before
        return now if before is None or _RANK[now] >= _RANK[before] else before

    @property
    def is_told(self) -> bool:
        """Whether anybody knows of it."""
        return self.was_notified or self.notified_now

    @property
    def has_cleared(self) -> bool:
        """Whether it is over because the condition is: what is only watched no more has not."""
        return self.ended_at_us is not None and self.events[-1].type != "closed"

    @property
    def calls_for_ticket(self) -> bool:
        """Whether people are told now that it fires: for the first time, again, or on and off.

        Also where its data stopped coming and the rule wants somebody to go and look then. That it
        may be over by now, in the same batch, changes nothing: a sensor closes no ticket.
        """
        told = {event.type for event in self.events if event.notice}
        if self.rule.rule.definition.on_stale == "open_ticket":
            told |= {event.type for event in self.events if event.type == "stale"}
        return not told.isdisjoint(_CALLING)


_CALLING = {"notified", "reopened", "flapping", "stale"}
_RANK = {"blue": 0, "yellow": 1, "orange": 2, "red": 3}

#: Why a sample may not page with a severity: "late", "job", …; None: it may.
Gate = Callable[[CompiledRule, Subject, Sample, str], str | None]
