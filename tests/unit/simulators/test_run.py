from collections import deque
from threading import Event

import pytest

from core.clock import ManualClock
from core.instant import HOUR_US, SECOND_US
from ingest.codecs import CODECS
from ingest.topics import Route
from simulators.control import Answer, Request
from simulators.county import make_county
from simulators.fleet import Fleet
from simulators.messages import Uplink
from simulators.run import Pace, Simulation
from simulators.vocabulary import Fault

NOW_US = 1_767_575_400_000_000
COUNTY = make_county(7, 60)
TRAP = next(device.trap_code for device in COUNTY.devices if device.has_cover)


class Outbox:
    """The sink of these tests: keeps what it is given; ``unacked_count`` is set by hand."""

    def __init__(self) -> None:
        self.unacked_count = 0
        self.uplinks: list[Uplink] = []

    def publish(self, uplink: Uplink) -> None:
        self.uplinks.append(uplink)

    def moments_us(self) -> list[int]:
        found = []
        for uplink in self.uplinks:
            codec = "chirpstack" if uplink.gateway_uid is None else "native"
            readings, _ = CODECS[codec](uplink.payload, 0, Route(codec))
            found.append(readings[0].measured_at_us)
        return found


class Inbox:
    def __init__(self) -> None:
        self.requests: deque[Request] = deque()
        self.answers: dict[str, Answer] = {}

    def take(self) -> Request | None:
        return self.requests.popleft() if self.requests else None

    def reply(self, request: Request, answer: Answer) -> None:
        self.answers[request.id] = answer


class Bench:
    def __init__(self, since_us: int = 0, speed: float = 1.0) -> None:
        self.clock = ManualClock(NOW_US)
        self.outbox, self.inbox = Outbox(), Inbox()
        self.fleet = Fleet(COUNTY, 1, NOW_US - since_us)
        self.simulation = Simulation(
            self.fleet,
            Pace(NOW_US, NOW_US - since_us, speed),
            sink=self.outbox,
            requests=self.inbox,
            clock=self.clock,
            wake=Event(),
        )

    def play(self, duration_s: int, tick_s: float = 0.5) -> None:
        for _ in range(round(duration_s / tick_s)):
            self.clock.advance_s(tick_s)
            assert self.simulation.tick() is False


@pytest.mark.parametrize(
    ("speed", "since_us", "elapsed_s", "behind_s"),
    [
        (1.0, 0, 100, 0),
        (10.0, HOUR_US, 0, 3_600),
        (10.0, HOUR_US, 100, 2_700),
        (10.0, HOUR_US, 400, 0),
        (10.0, HOUR_US, 4_000, 0),  # caught up: real time from now on
        (0.5, 0, 100, 50),
    ],
)
def test_the_simulated_clock_catches_up_and_never_overtakes(
    speed: float, since_us: int, elapsed_s: int, behind_s: int
) -> None:
    pace = Pace(NOW_US, NOW_US - since_us, speed)
    wall_us = NOW_US + elapsed_s * SECOND_US
    assert wall_us - pace.target_us(wall_us) == behind_s * SECOND_US


def test_a_wall_clock_set_back_does_not_lead_into_the_future() -> None:
    assert Pace(NOW_US, NOW_US, 1.0).target_us(NOW_US - 7) == NOW_US - 7


def test_real_time_stamps_every_unit_with_its_own_moment() -> None:
    bench = Bench()
    bench.play(300)
    moments = bench.outbox.moments_us()
    assert len(moments) == len(COUNTY.devices)
    assert min(moments) > NOW_US
    assert max(moments) <= bench.clock.now_us()
    assert bench.simulation.published == len(moments)


def test_the_past_is_played_in_order_up_to_the_present() -> None:
    bench = Bench(since_us=HOUR_US, speed=60.0)
    bench.play(60)
    moments = bench.outbox.moments_us()
    assert moments == sorted(moments)
    assert moments[0] < NOW_US - HOUR_US + 60 * SECOND_US
    assert bench.clock.now_us() - bench.fleet.now_us <= 61 * SECOND_US
    bench.play(10)
    assert bench.fleet.now_us == bench.clock.now_us()
    assert len(moments) >= 11 * len(COUNTY.devices)


def test_the_past_waits_while_the_broker_is_behind() -> None:
    bench = Bench(since_us=HOUR_US, speed=60.0)
    bench.outbox.unacked_count = 1_000_000
    bench.play(5)
    assert bench.fleet.now_us == NOW_US - HOUR_US
    bench.outbox.unacked_count = 0
    bench.play(1)
    assert bench.fleet.now_us > NOW_US - HOUR_US + 300 * SECOND_US


def test_a_fault_is_answered_and_shows_at_once() -> None:
    bench = Bench()
    bench.play(1)
    before = bench.simulation.published
    bench.inbox.requests.append(Request("a", Fault.COVER_OPEN, TRAP))
    bench.inbox.requests.append(Request("b", Fault.COVER_OPEN, "T999999"))
    bench.clock.advance_s(0.2)
    bench.simulation.tick()
    assert bench.inbox.answers["a"] == Answer(True, f"{TRAP}: cover open")
    assert bench.inbox.answers["b"] == Answer(False, "trap T999999 is not in this county")
    opened = [
        reading.device_uid
        for uplink in bench.outbox.uplinks[before:]
        if uplink.gateway_uid is not None
        for reading in CODECS["native"](uplink.payload, 0, Route("native")).readings
        if reading.metric.label == "cover_open" and reading.value == 1.0
    ]
    assert opened == [next(d.uid for d in COUNTY.devices if d.trap_code == TRAP)]


def test_a_fault_put_into_the_past_says_so() -> None:
    bench = Bench(since_us=HOUR_US, speed=2.0)
    bench.inbox.requests.append(Request("a", Fault.SILENCE, TRAP))
    bench.simulation.tick()
    assert bench.inbox.answers["a"].detail.endswith("(simulated time is 3600 s behind)")


def test_it_ends_when_told_or_when_its_time_is_up() -> None:
    stop = Event()
    stop.set()
    bench = Bench()
    bench.simulation.run(stop)
    bench.simulation.run(Event(), duration_s=0.0)
    assert bench.simulation.published == 0
