"""Dead letters that were asked for again: sent once, by one worker, on the record."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from alerts.dead_letters import actions
from alerts.engine import Engine
from core.backoff import Backoff
from core.db import AdvisoryLock, Connection, connect, try_lock
from core.dead_letters import store
from core.instant import from_us
from core.settings import DatabaseSettings, IngestSettings, Settings
from ingest.dead_letters import requested
from ingest.dead_letters.requested import RequestedReplays
from ingest.delivery import Delivery, Rejection
from tests.store.conftest import NOW_US, Ingest

GOOD = b'{"device":"dev-1","metric":"level_mm","value":612.5,"measured_at":1767574800000}'
AUDIT = "SELECT action, actor, subject_id FROM audit_event ORDER BY audit_event_id"
STATES = "SELECT state, replay_requested_at, reason FROM rejected_message ORDER BY 1"


@pytest.fixture
def replays(ingest: Ingest) -> RequestedReplays:
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(ingest.url)),
        ingest=IngestSettings(backfill_days_max=3_650),
    )
    return RequestedReplays(settings, ingest.clock, Backoff(1.0, lambda: 0.0))


def keep(ingest: Ingest, payload: bytes = GOOD, *, after_us: int = 0, gateway: str = "gw-1") -> int:
    """Keep a payload as a dead letter, as a worker with an older codec would have."""
    delivery = Delivery(
        f"trapwatch/v1/{gateway}/up", payload, 1, 1, False, False, NOW_US + after_us, session=1
    )
    ingest.settle(Rejection(delivery, gateway, "native", "decode_error", "as it was"))
    return int(ingest.rows("SELECT max(rejected_message_id) FROM rejected_message")[0][0])


def ask(ingest: Ingest, *numbers: int) -> None:
    with ingest.connection.transaction():
        for number in numbers:
            actions.act_on_one(
                ingest.connection, number, actions.request_replays, "li", from_us(NOW_US)
            )


def turn(ingest: Ingest, replays: RequestedReplays) -> bool:
    with connect(ingest.url, "test", autocommit=True) as connection:
        return replays.run_once(connection)


def test_what_is_asked_for_becomes_readings_and_stands_in_the_record(
    ingest: Ingest, replays: RequestedReplays
) -> None:
    number = keep(ingest)
    assert not turn(ingest, replays)
    ask(ingest, number)
    ask(ingest, number)  # a second time is no second wish
    assert turn(ingest, replays)
    assert not turn(ingest, replays)
    assert ingest.rows("SELECT value FROM reading") == [(612.5,)]
    assert ingest.rows(STATES) == [("replayed", None, "decode_error")]
    assert ingest.rows(AUDIT) == [
        ("dead_letter.replay_requested", "li", str(number)),
        ("dead_letter.replayed", "li", str(number)),
    ]


def test_what_is_refused_again_is_kept_and_asked_for_no_longer(
    ingest: Ingest, replays: RequestedReplays
) -> None:
    number = keep(ingest, b'{"device":1}')
    ask(ingest, number)
    assert turn(ingest, replays)
    assert not turn(ingest, replays)
    assert ingest.rows(STATES) == [("kept", None, "decode_error")]
    assert ingest.rows(AUDIT)[-1] == ("dead_letter.refused", "li", str(number))
    ask(ingest, number)  # it may be tried again
    assert turn(ingest, replays)


def test_the_order_of_arrival_is_kept(ingest: Ingest, replays: RequestedReplays) -> None:
    later = keep(ingest, GOOD.replace(b"800000", b"860000"), after_us=60_000_000)
    earlier = keep(ingest)
    ask(ingest, later, earlier)
    with connect(ingest.url, "test", autocommit=True) as connection:
        assert replays.run_once(connection)
        assert ingest.rows(AUDIT)[-1] == ("dead_letter.replayed", "li", str(earlier))
        assert replays.run_once(connection)
        assert not replays.run_once(connection)
    assert ingest.rows("SELECT count(*) FROM reading") == [(2,)]


def test_one_worker_at_a_time(ingest: Ingest, replays: RequestedReplays) -> None:
    ask(ingest, keep(ingest))
    with connect(ingest.url, "other") as other:
        assert try_lock(other, AdvisoryLock.REPLAY_REQUESTED)
        assert not turn(ingest, replays)
        assert ingest.rows("SELECT count(*) FROM reading") == [(0,)]
        other.rollback()
        assert turn(ingest, replays)


def test_killed_before_it_is_noted_nothing_has_happened(
    ingest: Ingest, replays: RequestedReplays, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(ingest, keep(ingest))

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "settle_dead_letter", killed)
        with pytest.raises(KeyboardInterrupt):
            turn(ingest, replays)
    assert ingest.rows("SELECT count(*) FROM reading") == [(0,)]
    assert turn(ingest, replays)
    assert ingest.rows("SELECT count(*), sum(reading_count) FROM reading_hourly") == [(1, 1)]


def test_what_is_discarded_meanwhile_is_not_sent(ingest: Ingest, replays: RequestedReplays) -> None:
    number = keep(ingest)
    ask(ingest, number)
    discard(ingest.connection, number)
    assert not turn(ingest, replays)
    assert ingest.rows("SELECT count(*) FROM reading") == [(0,)]


def discard(connection: Connection, number: int) -> None:
    at = from_us(NOW_US) + timedelta(seconds=1)
    with connection.transaction():
        actions.act_on_one(connection, number, actions.discard, "wu", at)


def test_a_worker_that_may_not_send_does_not_read_the_register_for_it(
    ingest: Ingest, replays: RequestedReplays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many workers all look; a province's register in each of them would stop their batches."""
    ask(ingest, keep(ingest))

    def read(*_arguments: object) -> None:
        raise AssertionError("the register was read")

    with connect(ingest.url, "other") as other, monkeypatch.context() as patch:
        patch.setattr(requested, "ReplaySession", read)
        assert try_lock(other, AdvisoryLock.REPLAY_REQUESTED)
        assert not turn(ingest, replays)
    assert turn(ingest, replays)


def test_who_sends_keeps_the_others_out_until_nothing_is_left(
    ingest: Ingest, replays: RequestedReplays
) -> None:
    numbers = [keep(ingest), keep(ingest, GOOD.replace(b"800000", b"860000"), after_us=1)]
    ask(ingest, *numbers)
    with connect(ingest.url, "test", autocommit=True) as connection:
        assert replays.run_once(connection)
        with connect(ingest.url, "other") as other:
            assert not try_lock(other, AdvisoryLock.REPLAY_REQUESTED)
        assert replays.run_once(connection)
        assert not replays.run_once(connection)
        with connect(ingest.url, "other") as other:
            assert try_lock(other, AdvisoryLock.REPLAY_REQUESTED)


def test_what_a_refused_message_had_registered_is_registered_by_the_next_one(
    ingest: Ingest, replays: RequestedReplays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal takes back gateway and device; the copy of the register must not keep them."""
    new = GOOD.replace(b"dev-1", b"dev-new")
    numbers = [
        keep(ingest, new.replace(b"800000", after), after_us=place, gateway="gw-new")
        for place, after in enumerate((b"800000", b"860000"))
    ]
    ask(ingest, *numbers)
    evaluate = Engine.evaluate_batch
    calls: list[int] = []

    def fail_once(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("a defect")
        return evaluate(*arguments)

    monkeypatch.setattr(Engine, "evaluate_batch", fail_once)
    with connect(ingest.url, "test", autocommit=True) as connection:
        assert replays.run_once(connection)
        assert replays.run_once(connection)
    assert [row[0] for row in ingest.rows(AUDIT)[2:]] == [
        "dead_letter.refused",
        "dead_letter.replayed",
    ]
    assert ingest.rows(
        "SELECT d.uid, g.uid FROM reading r LEFT JOIN device d USING (device_id)"
        " LEFT JOIN gateway g USING (gateway_id)"
    ) == [("dev-new", "gw-new")]
