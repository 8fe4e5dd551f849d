"""Runs a fleet against the clock: real time, or from the past at N times real time until now.

Owns: pace, frame counters, the order of steps, faults and messages. Never: physics, sockets.
"""

from collections import Counter
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from core.clock import Clock
from core.errors import RequestError
from core.instant import SECOND_US, format_rfc3339
from core.log import get_logger
from simulators.control import Answer, Request
from simulators.fleet import Fleet
from simulators.messages import Uplink, encode

_log = get_logger("simulators.run")

#: Real time is followed this closely; an open cover is reported within it.
TICK_S = 0.2
_STEP_S_MAX = 5.0
_UNACKED_MAX = 20_000
_CATCH_UP_SLICE_S = 0.5
_PROGRESS_S = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The simulated clock: from ``start_us`` on, ``speed`` times real time, never in the future."""

    began_us: int
    start_us: int
    speed: float

    def target_us(self, wall_us: int) -> int:
        """Return what the simulated clock shows at ``wall_us``."""
        elapsed_us = max(wall_us - self.began_us, 0)
        return min(self.start_us + int(elapsed_us * self.speed), wall_us)


class Sink(Protocol):
    """Where messages go (simulators.publisher.Publisher)."""

    @property
    def unacked_count(self) -> int:
        """Messages still under way."""
        ...

    def publish(self, uplink: Uplink) -> None:
        """Publish one message."""
        ...


class Requests(Protocol):
    """Where faults come from (simulators.control.Control)."""

    def take(self) -> Request | None:
        """Return the next request, or None."""
        ...

    def reply(self, request: Request, answer: Answer) -> None:
        """Answer a request."""
        ...


class Simulation:
    """A fleet that is played to a sink; ``wake`` ends the pause between two looks at the clock."""

    def __init__(
        self, fleet: Fleet, pace: Pace, *, sink: Sink, requests: Requests, clock: Clock, wake: Event
    ) -> None:
        self._fleet = fleet
        self._pace = pace
        self._sink = sink
        self._requests = requests
        self._clock = clock
        self._wake = wake
        self._frames: Counter[str] = Counter()
        self.published = 0

    def run(self, stop: Event, duration_s: float | None = None) -> None:
        """Play until ``stop`` is set, or for ``duration_s`` of real time."""
        began_s = told_s = self._clock.monotonic_s()
        while not stop.is_set():
            behind = self.tick()
            now_s = self._clock.monotonic_s()
            if duration_s is not None and now_s - began_s >= duration_s:
                return
            if now_s - told_s >= _PROGRESS_S and self._lag_s() > _PROGRESS_S:
                told_s = now_s
                _log.info(
                    "catching up",
                    simulated=format_rfc3339(self._fleet.now_us),
                    behind_s=round(self._lag_s()),
                    published=self.published,
                )
            if not behind:
                self._wake.wait(TICK_S)
                self._wake.clear()

    def tick(self) -> bool:
        """Bring the fleet up to the clock; return whether it still lags behind its pace.

        Faults come into force at the simulated present. It stops early after half a second, or
        while the broker is behind, so that a request or a signal never waits for long.
        """
        self._answer()
        until_s = self._clock.monotonic_s() + _CATCH_UP_SLICE_S
        while True:
            left_us = self._pace.target_us(self._clock.now_us()) - self._fleet.now_us
            if left_us < TICK_S * SECOND_US / 2:
                return False
            if self._lag_s() > _STEP_S_MAX and self._sink.unacked_count > _UNACKED_MAX:
                return False
            self._fleet.step(min(left_us / SECOND_US, _STEP_S_MAX))
            self._publish()
            if self._clock.monotonic_s() >= until_s:
                return True

    def _answer(self) -> None:
        while (request := self._requests.take()) is not None:
            try:
                done = self._fleet.inject(
                    request.fault, request.trap, fill_s=request.fill_s, clear=request.clear
                )
            except RequestError as error:
                self._requests.reply(request, Answer(ok=False, detail=str(error)))
                continue
            lag_s = self._lag_s()
            late = f" (simulated time is {lag_s:.0f} s behind)" if lag_s > _STEP_S_MAX else ""
            _log.info("fault", trap=request.trap, fault=request.fault, done=done)
            self._requests.reply(request, Answer(ok=True, detail=f"{request.trap}: {done}{late}"))

    def _publish(self) -> None:
        for report in self._fleet.take_reports():
            uid = report.device.uid
            self._sink.publish(encode(report, self._frames[uid]))
            self._frames[uid] += 1
            self.published += 1

    def _lag_s(self) -> float:
        return (self._clock.now_us() - self._fleet.now_us) / SECOND_US
