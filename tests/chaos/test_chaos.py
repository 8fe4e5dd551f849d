"""Random kills and bad links: what was acknowledged is stored once, and all that follows holds."""

import json
import os
import sys
from time import monotonic

import pytest

from tests.chaos import checker
from tests.chaos.rig import Rig
from tests.chaos.schedule import Victim, plan
from tests.chaos.supervisor import Supervisor

_RATE_PER_S = 500.0
_SHORT_KILLS = 7
_LONG_KILLS = int(os.environ.get("TRAPWATCH_TEST_CHAOS_KILLS", "100"))


@pytest.mark.parametrize(
    "kill_count",
    [
        pytest.param(_SHORT_KILLS, id="short"),
        pytest.param(_LONG_KILLS, id="long", marks=pytest.mark.chaos),
    ],
)
def test_random_kills_lose_nothing_and_repeat_nothing(
    rig: Rig, seed: int, kill_count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    began_s = monotonic()
    publishing = rig.publishing(seed, _RATE_PER_S)
    supervisor = Supervisor(rig, publishing)
    publishing.start()
    supervisor.run(plan(seed, kill_count))
    ledger = supervisor.settle()
    figures = checker.figures(rig, ledger)
    with capsys.disabled():
        told = {
            "seed": seed,
            "duration_s": round(monotonic() - began_s),
            **supervisor.figures(),
            **figures,
        }
        sys.stdout.write(f"\n{json.dumps(told)}\n")
    assert checker.lost(rig, ledger) == {}
    assert checker.violations(rig, ledger) == {}
    assert figures["episodes_resolved"] > 0
    assert supervisor.kills.total() == kill_count
    assert set(supervisor.kills) == {victim.value for victim in Victim} - {
        Victim.BROKER_CRASH.value
    }
