"""Links that die without a word: nobody heals them, the product must notice by itself."""

import pytest

from tests.chaos import checker
from tests.chaos.proxy import Direction, Proxy
from tests.chaos.rig import Rig
from tests.chaos.schedule import Link
from tests.chaos.supervisor import Supervisor
from tests.processes import wait_until

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("direction", list(Direction))
def test_the_worker_leaves_a_dead_link_to_the_broker_by_its_keep_alive(
    rig: Rig, seed: int, direction: Direction
) -> None:
    proxy = rig.proxies[Link.WORKER_BROKER]
    publishing = rig.publishing(seed, rate_per_s=500)
    publishing.start()
    wait_until(lambda: rig.stored() > 500, "some traffic")
    accepted = proxy.accepted
    proxy.strand(direction)
    wait_until(lambda: proxy.accepted > accepted, "a new link", patience_s=20)
    ledger = Supervisor(rig, publishing).settle()
    assert checker.lost(rig, ledger) == {}
    assert checker.violations(rig, ledger) == {}


def test_a_worker_that_lost_power_within_a_transaction_does_not_hold_up_the_next_one(
    rig: Rig, seed: int
) -> None:
    """Its locks stay with a session whose client will never speak again."""
    publishing = rig.publishing(seed, rate_per_s=500)
    publishing.start()
    strand_within_transaction(rig, rig.proxies[Link.WORKER_DATABASE])
    rig.worker.kill()
    rig.worker.start()
    before = rig.stored()
    wait_until(lambda: rig.stored() > before, "the next worker to store", patience_s=90)
    ledger = Supervisor(rig, publishing).settle()
    assert checker.lost(rig, ledger) == {}
    assert checker.violations(rig, ledger) == {}


def strand_within_transaction(rig: Rig, proxy: Proxy) -> None:
    """Half-open the worker's link to the database while a transaction is open."""
    for _ in range(50):
        # Slow round trips: most of the time a transaction waits for its next statement.
        proxy.delay(0.05)
        wait_until(lambda: rig.count("count_stranded_transactions") > 0, "a transaction")
        swallowed = proxy.swallowed_bytes
        proxy.strand(Direction.UP)
        await_loss(proxy, swallowed)
        if rig.count("count_stranded_transactions"):
            proxy.delay(0.0)
            return
        proxy.cut()
    pytest.fail("no transaction was caught in 50 attempts")


def await_loss(proxy: Proxy, before: int) -> None:
    wait_until(lambda: proxy.swallowed_bytes > before, "a loss")
