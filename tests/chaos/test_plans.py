"""Schedule and traffic are the same for the same seed, and hold what they promise."""

import itertools
import json
from collections import Counter

import pytest

from simulators.load import Message
from tests.chaos.schedule import Fault, Link, Victim, plan
from tests.chaos.traffic import history, mistreated


def taken(seed: int, count: int) -> list[Message]:
    return list(itertools.islice(mistreated(seed, history(seed, 40, 1_700_000_000_000_000)), count))


def test_a_seed_is_a_run() -> None:
    assert plan(3, 50) == plan(3, 50) != plan(4, 50)
    assert taken(3, 1_000) == taken(3, 1_000) != taken(4, 1_000)


@pytest.mark.parametrize("count", [7, 100])
@pytest.mark.parametrize("with_broker_crashes", [True, False])
def test_a_plan_has_the_kills_asked_for_and_spares_nobody(
    count: int, *, with_broker_crashes: bool
) -> None:
    victims = Counter(
        victim
        for step in plan(1, count, with_broker_crashes=with_broker_crashes)
        for victim in step.victims
    )
    assert victims.total() == count
    spared = Victim.BROKER_RESTART if with_broker_crashes else Victim.BROKER_CRASH
    assert set(victims) == set(Victim) - {spared}


def test_a_long_plan_has_every_fault_of_every_link_and_double_kills() -> None:
    steps = plan(1, 100)
    faults = {(step.fault.link, step.fault.fault) for step in steps if step.fault is not None}
    assert faults == set(itertools.product(Link, Fault))
    assert any(len(step.victims) == 2 for step in steps)


def test_traffic_repeats_and_reorders_but_invents_and_loses_nothing() -> None:
    messages = taken(1, 20_000)
    payloads = [payload for _, payload in messages]
    assert all(isinstance(payload, bytes) for payload in payloads)
    original = list(itertools.islice(history(1, 40, 1_700_000_000_000_000), 20_000))
    assert set(payloads) <= set(original)
    assert set(original[:16_000]) <= set(payloads)
    assert len(payloads) - len(set(payloads)) > 1_000
    newest: dict[str, int] = {}
    late = 0
    for payload in payloads:
        reading = json.loads(payload)  # type: ignore[arg-type]
        late += reading["measured_at"] < newest.get(reading["device"], 0)
        newest[reading["device"]] = max(reading["measured_at"], newest.get(reading["device"], 0))
    assert late > 50
