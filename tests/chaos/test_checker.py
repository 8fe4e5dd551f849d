"""The checker sees what it has to see: every kind of damage, done by hand, is named."""

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from core.sql import parse_queries
from tests.chaos import checker
from tests.chaos.rig import Rig
from tests.chaos.supervisor import Supervisor
from tests.processes import wait_until

_DAMAGE = parse_queries(Path(__file__).with_name("damage.sql").read_text("utf-8"))


def test_a_calm_run_passes_and_every_damage_is_named(rig: Rig) -> None:
    publishing = rig.publishing(seed=1, rate_per_s=1_500)
    publishing.start()
    wait_until(lambda: publishing.acked >= 5_000, "enough traffic")
    ledger = Supervisor(rig, publishing).settle()
    assert checker.lost(rig, ledger) == {}
    assert checker.violations(rig, ledger) == {}
    for kind, damage in _DAMAGE.items():
        with rig.connection().transaction(force_rollback=True):
            assert rig.connection().execute(damage).rowcount > 0, kind
            assert kind.replace("_", " ") in checker.violations(rig, ledger)
    with rig.connection().transaction(force_rollback=True):
        rig.connection().execute(b"DELETE FROM reading WHERE device_id = 1")
        assert len(checker.lost(rig, ledger)) > 100
    with pytest.raises(HTTPError):
        urlopen(Request(rig.receiver.url, b"{}", {"webhook-id": "msg_forged"}), timeout=5)
    assert set(checker.violations(rig, ledger)) == {"webhook"}


def test_an_unbalanced_ledger_is_named() -> None:
    counted = {
        'trapwatch_messages_total{outcome="received"}': 5.0,
        'trapwatch_messages_total{outcome="stored"}': 3.0,
        'trapwatch_messages_total{outcome="duplicate"}': 2.0,
        "trapwatch_messages_in_flight": 0.0,
    }
    assert checker.unbalanced(counted) == []
    assert checker.unbalanced({**counted, 'trapwatch_messages_total{outcome="stored"}': 2.0}) != []
    assert checker.unbalanced({**counted, "trapwatch_messages_in_flight": 1.0}) != []
