"""Strikes the blows of a schedule and brings the dead back; waits for events between them.

Runs on the main thread: the embedded servers die with the thread that started them.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulators.ledger import LedgerContent
from tests.chaos.crashes import Crash, crash_broker
from tests.chaos.proxy import Direction, Proxy
from tests.chaos.publishing import Publishing
from tests.chaos.rig import Rig
from tests.chaos.schedule import Fault, Link, LinkFault, Step, Victim
from tests.processes import Process, wait_until

_SILENT = {Fault.HALF_OPEN_UP, Fault.HALF_OPEN_DOWN, Fault.REFUSE}
_REFUSALS = 2


@dataclass(slots=True)
class Supervisor:
    """One run's executioner; counts what it did."""

    rig: Rig
    publishing: Publishing
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    crashes: list[Crash] = field(default_factory=list)

    def run(self, steps: list[Step]) -> None:
        """Strike all blows, then heal everything and wait until all processes are ready."""
        for step in steps:
            self._await_acked(step.after_acked)
            self._strike(step)
        self.rig.worker.wait_ready()
        self.rig.alerts.wait_ready()

    def settle(self) -> LedgerContent:
        """End the traffic, wait until nothing moves any more, and return the ledger."""
        ledger = self.publishing.stop()
        self.rig.send_marker()
        wait_until(
            lambda: self.rig.count("count_waiting_deliveries") == 0, "all webhooks to be delivered"
        )
        return ledger

    def figures(self) -> dict[str, Any]:
        """Return what was done to whom, and what the publisher saw."""
        report = self.publishing.report
        assert report is not None
        return {
            "kills": dict(self.kills),
            "link_faults": dict(sorted(self.faults.items())),
            "publisher_reconnects": report.reconnects,
        }

    def _strike(self, step: Step) -> None:
        if step.fault is not None:
            self._begin(step.fault)
        for victim in step.victims:
            self._kill(victim)
        broker_is_down = {Victim.BROKER_RESTART, Victim.BROKER_CRASH} & set(step.victims)
        if not broker_is_down and not _silences_publisher(step.fault):
            self._await_acked(step.down_acked)
        for victim in Victim:
            if victim in step.victims:
                self._start(victim)
        if step.fault is not None:
            self.rig.proxies[step.fault.link].heal()
        if step.recovers:
            wait_until(lambda: self.rig.stored() >= 0, "the database to answer")
            before = self.rig.stored()
            wait_until(lambda: self.rig.stored() > before, f"new rows after {step}")

    def _await_acked(self, count: int) -> None:
        due = self.publishing.acked + count
        wait_until(lambda: self.publishing.acked >= due, f"{count} more acknowledged publishes")

    def _begin(self, chosen: LinkFault) -> None:
        """Bring a fault about and wait until it has hurt somebody."""
        proxy = self.rig.proxies[chosen.link]
        wait_until(lambda: proxy.link_count > 0, f"a link {chosen.link.value}")
        self.faults[f"{chosen.link.value} {chosen.fault.value}"] += 1
        forwarded, swallowed, refused = (
            proxy.forwarded_bytes, proxy.swallowed_bytes, proxy.refused,
        )  # fmt: skip
        _apply(proxy, chosen)
        what = f"{chosen} to take effect"
        if chosen.fault is Fault.DELAY:
            wait_until(lambda: proxy.forwarded_bytes > forwarded, what)
        elif chosen.fault is Fault.REFUSE:
            wait_until(lambda: proxy.refused >= refused + _REFUSALS, what)
        elif chosen.fault in _SILENT:
            wait_until(lambda: proxy.swallowed_bytes > swallowed, what)

    def _kill(self, victim: Victim) -> None:
        rig = self.rig
        self.kills[victim.value] += 1
        if victim is Victim.WORKER:
            _kill_alive(rig.worker)
        elif victim is Victim.ALERTS:
            _kill_alive(rig.alerts)
        elif victim is Victim.DATABASE:
            rig.postgres.kill()
        elif victim is Victim.BROKER_RESTART:
            rig.broker.stop()
        else:
            self.crashes.append(crash_broker(rig))

    def _start(self, victim: Victim) -> None:
        rig = self.rig
        starters = {
            Victim.WORKER: rig.worker.start,
            Victim.ALERTS: rig.alerts.start,
            Victim.DATABASE: rig.postgres.start,
            Victim.BROKER_RESTART: rig.broker.start,
            Victim.BROKER_CRASH: rig.broker.start,
        }
        starters[victim]()


def _kill_alive(process: Process) -> None:
    assert process.running is not None
    code = process.running.poll()
    assert code is None, f"ended by itself with {code}: {process.log.read_text()[-4_000:]}"
    process.kill()


def _apply(proxy: Proxy, chosen: LinkFault) -> None:
    if chosen.fault is Fault.DELAY:
        proxy.delay(chosen.delay_s)
    elif chosen.fault is Fault.REFUSE:
        proxy.refuse()
    elif chosen.fault is Fault.HALF_OPEN_UP:
        proxy.swallow(Direction.UP)
    elif chosen.fault is Fault.HALF_OPEN_DOWN:
        proxy.swallow(Direction.DOWN)
    else:
        proxy.cut(reset=chosen.fault is Fault.RESET)


def _silences_publisher(fault: LinkFault | None) -> bool:
    return fault is not None and fault.link is Link.PUBLISHER_BROKER and fault.fault in _SILENT
