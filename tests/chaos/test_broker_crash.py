"""What a SIGKILL of Mosquitto loses of what it had acknowledged: measured, bounded, avoidable.

The configuration is the product's own (mosquitto.conf): the store is written every 30 s and at a
clean stop.
"""

import random

import pytest

from core.instant import SECOND_US
from simulators.ledger import LedgerContent
from simulators.load import RawPublisher
from tests.chaos import checker
from tests.chaos.conftest import Say
from tests.chaos.crashes import crash_broker, losses
from tests.chaos.publishing import Publishing
from tests.chaos.rig import Rig
from tests.chaos.supervisor import Supervisor
from tests.processes import wait_until

_AUTOSAVE_S = 30
_RATE_PER_S = 500.0
#: A publisher's own memory: the window and some seconds for the save itself.
_REPEATED_US = (_AUTOSAVE_S + 5) * SECOND_US

pytestmark = pytest.mark.chaos


def await_acked(publishing: Publishing, count: int) -> None:
    due = publishing.acked + count
    wait_until(lambda: publishing.acked >= due, f"{count} acknowledged publishes", 120)


def test_a_crash_while_the_worker_keeps_up(rig: Rig, seed: int, say: Say) -> None:
    rig.save_session()
    rng = random.Random(f"crash {seed}")
    publishing = rig.publishing(seed, _RATE_PER_S)
    publishing.start()
    crashes = []
    for _ in range(20):
        await_acked(publishing, rng.randrange(200, 1_500))
        crashes.append(crash_broker(rig))
        rig.broker.start()
        rig.worker.wait_ready()
    ledger = Supervisor(rig, publishing).settle()
    lost = checker.lost(rig, ledger)
    by_crash = losses(lost, publishing.acked_at_us, crashes)
    say(
        {
            "case": "worker keeps up",
            "crashes": len(crashes),
            "acknowledged": len(ledger.acked),
            "lost": len(lost),
            "by_crash": [item for item in by_crash if item["lost"]],
        }
    )
    assert checker.violations(rig, ledger) == {}


def test_a_crash_while_the_worker_is_away_loses_at_most_the_persistence_window(
    rig: Rig, seed: int, say: Say
) -> None:
    rig.save_session()
    rig.worker.kill()
    publishing = rig.publishing(seed, _RATE_PER_S)
    publishing.start()
    crashes = []
    for age_s in (5, 15, 29, 35, 50):
        rig.broker.restart()
        await_acked(publishing, round(age_s * _RATE_PER_S))
        crashes.append(crash_broker(rig))
        rig.broker.start()
    rig.worker.start()
    rig.worker.wait_ready()
    ledger = Supervisor(rig, publishing).settle()
    lost = checker.lost(rig, ledger)
    by_crash = losses(lost, publishing.acked_at_us, crashes)
    say({"case": "worker away", "acknowledged": len(ledger.acked), "by_crash": by_crash})
    assert all((item["oldest_lost_s"] or 0) <= _AUTOSAVE_S + 2 for item in by_crash)
    assert checker.violations(rig, ledger) == {}


def test_a_publisher_that_repeats_the_window_loses_nothing(rig: Rig, seed: int, say: Say) -> None:
    rig.save_session()
    rig.worker.kill()
    ledger = LedgerContent()
    repeated = 0
    for number, age_s in enumerate((5, 29, 40)):
        rig.broker.restart()
        publishing = rig.publishing(seed + number, _RATE_PER_S)
        publishing.start()
        await_acked(publishing, round(age_s * _RATE_PER_S))
        crash = crash_broker(rig)
        rig.broker.start()
        part = publishing.stop()
        recent = [
            (topic.encode(), payload)
            for index, (topic, payload) in part.sent.items()
            if publishing.acked_at_us.get(index, 0) > crash.killed_at_us - _REPEATED_US
        ]
        repeated += RawPublisher("127.0.0.1", rig.broker.port, "chaos-repeat").run(recent).acked
        offset = len(ledger.sent)
        ledger.sent |= {offset + index: message for index, message in part.sent.items()}
        ledger.acked |= {offset + index for index in part.acked}
    rig.worker.start()
    rig.worker.wait_ready()
    rig.send_marker()
    lost = checker.lost(rig, ledger)
    say(
        {
            "case": "worker away, publisher repeats",
            "acknowledged": len(ledger.acked),
            "repeated": repeated,
            "lost": len(lost),
        }
    )
    assert lost == {}


def test_a_crash_before_the_first_save_forgets_the_session_itself(
    rig: Rig, seed: int, say: Say
) -> None:
    """The one loss after a crash: nobody is subscribed until the worker is back."""
    rig.worker.kill()
    rig.broker.kill()
    rig.broker.start()
    publishing = rig.publishing(seed, _RATE_PER_S)
    publishing.start()
    await_acked(publishing, 1_000)
    rig.worker.start()
    rig.worker.wait_ready()
    back = publishing.acked
    await_acked(publishing, 1_000)
    ledger = Supervisor(rig, publishing).settle()
    lost = checker.lost(rig, ledger)
    say({"case": "crash before the first save", "acknowledged_meanwhile": back, "lost": len(lost)})
    assert all(index <= back for index in lost)
