"""Dead letters that were asked for again: sent once, by one worker, on the record."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from alerts.dead_letters import actions
from core.backoff import Backoff
from core.db import AdvisoryLock, Connection, connect, try_lock
from core.dead_letters import store
from core.instant import from_us
from core.settings import DatabaseSettings, IngestSettings, Settings
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


def keep(ingest: Ingest, payload: bytes = GOOD, *, after_us: int = 0) -> int:
    """Keep a payload as a dead letter, as a worker with an older codec would have."""
    delivery = Delivery(
        "trapwatch/v1/gw-1/up", payload, 1, 1, False, False, NOW_US + after_us, session=1
    )
    ingest.settle(Rejection(delivery, "gw-1", "native", "decode_error", "as it was"))
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
        ("replay_requested", "li", str(number)),
        ("replayed", "li", str(number)),
    ]


def test_what_is_refused_again_is_kept_and_asked_for_no_longer(
    ingest: Ingest, replays: RequestedReplays
) -> None:
    number = keep(ingest, b'{"device":1}')
    ask(ingest, number)
    assert turn(ingest, replays)
    assert not turn(ingest, replays)
    assert ingest.rows(STATES) == [("kept", None, "decode_error")]
    assert ingest.rows(AUDIT)[-1] == ("refused", "li", str(number))
    ask(ingest, number)  # it may be tried again
    assert turn(ingest, replays)


def test_the_order_of_arrival_is_kept(ingest: Ingest, replays: RequestedReplays) -> None:
    later = keep(ingest, GOOD.replace(b"800000", b"860000"), after_us=60_000_000)
    earlier = keep(ingest)
    ask(ingest, later, earlier)
    with connect(ingest.url, "test", autocommit=True) as connection:
        assert replays.run_once(connection)
        assert ingest.rows(AUDIT)[-1] == ("replayed", "li", str(earlier))
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
