"""Random kills and bad links: what was acknowledged is stored once, and all that follows holds."""

import os
from time import monotonic
from typing import Any

import pytest

from simulators.ledger import LedgerContent
from tests.chaos import checker
from tests.chaos.conftest import Say
from tests.chaos.crashes import losses
from tests.chaos.rig import Rig
from tests.chaos.schedule import Victim, plan
from tests.chaos.supervisor import Supervisor

_RATE_PER_S = 500.0
_SHORT_KILLS = 7
_LONG_KILLS = int(os.environ.get("TRAPWATCH_TEST_CHAOS_KILLS", "100"))


def run(
    rig: Rig, seed: int, kill_count: int, *, with_broker_crashes: bool = False
) -> tuple[Supervisor, LedgerContent, dict[str, Any]]:
    """Do one run; return who did what, the ledger, and the figures."""
    began_s = monotonic()
    publishing = rig.publishing(seed, _RATE_PER_S)
    supervisor = Supervisor(rig, publishing)
    publishing.start()
    supervisor.run(plan(seed, kill_count, with_broker_crashes=with_broker_crashes))
    ledger = supervisor.settle()
    figures = {
        "seed": seed,
        "duration_s": round(monotonic() - began_s),
        **supervisor.figures(),
        **checker.figures(rig, ledger),
    }
    return supervisor, ledger, figures


@pytest.mark.parametrize(
    "kill_count",
    [
        pytest.param(_SHORT_KILLS, id="short"),
        pytest.param(_LONG_KILLS, id="long", marks=pytest.mark.chaos),
    ],
)
def test_random_kills_lose_nothing_and_repeat_nothing(
    rig: Rig, seed: int, kill_count: int, say: Say
) -> None:
    supervisor, ledger, figures = run(rig, seed, kill_count)
    say(figures)
    assert checker.lost(rig, ledger) == {}
    assert checker.violations(rig, ledger) == {}
    assert figures["episodes_resolved"] > 0
    assert supervisor.kills.total() == kill_count


@pytest.mark.chaos
def test_with_crashes_of_the_broker_all_but_its_persistence_window_holds(
    rig: Rig, seed: int, say: Say
) -> None:
    rig.save_session()
    supervisor, ledger, figures = run(rig, seed, _LONG_KILLS, with_broker_crashes=True)
    lost = checker.lost(rig, ledger)
    by_crash = losses(lost, supervisor.publishing.acked_at_us, supervisor.crashes)
    say(
        {
            **figures,
            "acknowledged_and_lost": len(lost),
            "by_crash": [item for item in by_crash if item["lost"]],
        }
    )
    assert checker.violations(rig, ledger) == {}
    assert supervisor.kills[Victim.BROKER_CRASH.value] == len(supervisor.crashes) > 0
