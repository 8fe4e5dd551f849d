"""Episodes, messages and tickets of a rule test, kept in memory. Pure.

The twin of alerts/consequences.py: the same things in the same order, written to lists; what is
stored has the form of the database's rows, so that a restart can resume from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from alerts.circumstances.model import FOREVER_US, EpisodeKey, Span
from alerts.episode import AlertEvent, Episode
from alerts.machines.machine import Machine
from alerts.machines.stored import StoredEpisode, columns_of, keys_of
from alerts.rules.compiled import RuleInForce
from alerts.rules.parameters import SEVERITIES
from alerts.subject import Subject
from alerts.tickets.lifecycle import ENDED, TicketState
from core.instant import SECOND_US

MachineKey = tuple[int, int, str]


class Notification(NamedTuple):
    """A message that went out, at our clock."""

    at_us: int
    type: str
    rule: str
    severity: str
    delayed: bool
    subject: Subject


@dataclass(frozen=True, slots=True)
class TestTicket:
    """A ticket: one active a (trap, problem)."""

    number: int
    trap_id: int
    problem: str
    severity: str
    state: TicketState = TicketState.NEW
    sensor_cleared: bool = False

    __test__ = False  # not a test, whatever pytest thinks of its name


@dataclass(slots=True)
class EpisodeRecord:
    """A stored episode with its history; ``opened_us``, ``settled_us`` by our clock."""

    stored: StoredEpisode
    subject: Subject
    opened_us: int
    settled_us: int | None = None
    events: list[AlertEvent] = field(default_factory=list)

    @property
    def status(self) -> str:
        """As the database calls it."""
        if self.stored.ended_at is None:
            return "firing"
        return "closed" if self.events[-1].type == "closed" else "resolved"


@dataclass(slots=True)
class Ledger:
    """What is written down; ``machines`` are rows of rule_state."""

    machines: dict[MachineKey, dict[str, Any]] = field(default_factory=dict)
    episodes: dict[int, EpisodeRecord] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)
    tickets: dict[int, TestTicket] = field(default_factory=dict)
    ticket_log: list[tuple[int, TestTicket]] = field(default_factory=list)

    def write(self, machines: Sequence[Machine], now_us: int) -> None:
        """Write what became of machines, then tell people; the machines may go on living."""
        episodes = [
            episode
            for machine in machines
            for episode in (*machine.ended, machine.episode)
            if episode is not None and episode.events
        ]
        for episode in episodes:
            self._store(episode, now_us)
        self._tell(episodes, now_us)
        for episode in episodes:
            self._settle(episode)
        for machine in machines:
            if machine.is_changed:
                self._save(machine)
            machine.ended, machine.is_changed = [], False

    def explaining_episodes(
        self, rules: Sequence[RuleInForce]
    ) -> Iterator[tuple[EpisodeKey, Span]]:
        """Yield what episodes are about: open ones, and resolved ones that explain for a while."""
        linger_s = {rule.definition.code: rule.definition.explains_s or 0.0 for rule in rules}
        for record in self.episodes.values():
            code, subject = record.stored.rule_code, record.subject
            linger_us = round(linger_s.get(code, 0.0) * SECOND_US)
            to_us = FOREVER_US
            if record.settled_us is not None:
                to_us = record.settled_us + linger_us
                if record.status != "resolved" or not linger_us:
                    continue
            span = Span(record.opened_us, to_us, record.opened_us)
            yield (code, subject.kind, subject.ref), span
            if subject.trap_id is not None:
                yield (code, "trap", str(subject.trap_id)), span

    def _store(self, episode: Episode, now_us: int) -> None:
        if episode.alert_id is None:
            episode.alert_id = len(self.episodes) + 1
            stored = StoredEpisode.holding(episode)
            self.episodes[episode.alert_id] = EpisodeRecord(stored, episode.subject, now_us)
        episode.seq += len(episode.events)
        record = self.episodes[episode.alert_id]
        record.stored = StoredEpisode.holding(episode)
        record.settled_us = None if episode.ended_at_us is None else now_us
        record.events += episode.events

    def _settle(self, episode: Episode) -> None:
        """Bring an episode that lives on to where one loaded from the store would be."""
        episode.was_notified = episode.is_told
        episode.notified_now = episode.is_delayed = episode.ack_ended = False
        episode.events = []
        assert episode.alert_id is not None, "it was stored"
        self.episodes[episode.alert_id].stored = StoredEpisode.holding(episode)

    def _save(self, machine: Machine) -> None:
        keys = {name: column[0] for name, column in keys_of([machine]).items()}
        key = (int(keys["device_id"]), int(keys["metric"]), str(keys["rule_code"]))
        if machine.is_idle:
            self.machines.pop(key, None)
            return
        columns = columns_of([machine])
        self.machines[key] = keys | {name: column[0] for name, column in columns.items()}

    def _tell(self, episodes: Sequence[Episode], now_us: int) -> None:
        told = [e for e in episodes if any(event.notice for event in e.events)]
        for e in episodes:
            if e.calls_for_ticket:
                self._open_ticket(e, now_us)
        for e in told:
            if _happened(e, "severity_raised"):
                self._raise_ticket(e, now_us)
        for ticket_id in sorted({e.ticket_id or 0 for e in told if e.has_cleared}):
            self._clear_ticket(ticket_id, now_us)
        self.notifications += [
            Notification(now_us, event.notice, e.rule.code, e.severity, e.is_delayed, e.subject)
            for e in told
            for event in e.events
            if event.notice is not None
        ]

    def _open_ticket(self, episode: Episode, now_us: int) -> None:
        problem, trap_id = episode.rule.rule.definition.ticket_problem, episode.subject.trap_id
        if problem is None or trap_id is None:
            return
        for ticket in self.tickets.values():
            if (ticket.trap_id, ticket.problem) == (trap_id, problem) and _is_active(ticket):
                severity = max(ticket.severity, episode.severity, key=_rank)
                self._put(replace(ticket, severity=severity, sensor_cleared=False), now_us)
                episode.ticket_id = ticket.number
                return
        number = len(self.tickets) + 1
        self._put(TestTicket(number, trap_id, problem, episode.severity), now_us)
        episode.ticket_id = number

    def _raise_ticket(self, episode: Episode, now_us: int) -> None:
        ticket = self.tickets.get(episode.ticket_id or 0)
        if ticket is not None and _is_active(ticket) and _rank(ticket.severity) < _rank(
            episode.severity
        ):  # fmt: skip
            self._put(replace(ticket, severity=episode.severity), now_us)

    def _clear_ticket(self, number: int, now_us: int) -> None:
        """A sensor's all-clear never closes a ticket."""
        ticket = self.tickets.get(number)
        if ticket is None or not _is_active(ticket):
            return
        still_open = any(
            record.stored.ticket_id == number and record.stored.ended_at is None
            for record in self.episodes.values()
        )
        if not still_open:
            self._put(replace(ticket, sensor_cleared=True), now_us)

    def _put(self, ticket: TestTicket, now_us: int) -> None:
        if self.tickets.get(ticket.number) != ticket:
            self.tickets[ticket.number] = ticket
            self.ticket_log.append((now_us, ticket))


def _happened(episode: Episode, *types: str) -> bool:
    return any(event.type in types and event.notice for event in episode.events)


def _is_active(ticket: TestTicket) -> bool:
    return ticket.state not in ENDED


def _rank(severity: str) -> int:
    return [str(name) for name in SEVERITIES].index(severity)
