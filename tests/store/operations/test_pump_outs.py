"""Manifests and draw-downs find each other, whichever is known first."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import psycopg
import pytest

from alerts.pump_outs import actions, store
from alerts.pump_outs.model import DrawDown, Party, Source
from alerts.pump_outs.store import Manifest
from core.db import Connection, connect
from core.errors import ConflictError, InvalidRequestError, NotFoundError
from core.instant import HOUR_US, to_us

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def manifest(number: str = "A-1", hours: float = 0, volume_l: float = 400) -> Manifest:
    return Manifest(1, None, NOW + hours * HOUR, volume_l, "清运一队", "处置厂", number)


def fall(hours: float) -> DrawDown:
    return DrawDown(1, to_us(NOW) + round(hours * HOUR_US), 600.0, 40.0)


def file(connection: Connection, filed: Manifest) -> int:
    with connection.transaction():
        return actions.file_manifest(connection, filed, "local", NOW)


def detect(connection: Connection, *falls: DrawDown) -> list[int]:
    with connection.transaction():
        return actions.record_draw_downs(connection, falls, NOW + 2 * HOUR)


def links(connection: Connection) -> list[tuple[int, int]]:
    return connection.execute(  # type: ignore[return-value]  # rows of two numbers
        "SELECT pump_out_id, manifest_id FROM pump_out WHERE manifest_id IS NOT NULL ORDER BY 1"
    ).fetchall()


def test_a_manifest_finds_the_nearest_draw_down(register: Connection) -> None:
    other, far, near = detect(register, fall(-20), fall(-3), fall(-30))
    assert links(register) == []
    first = file(register, manifest("A-1"))
    assert links(register) == [(near, first)]
    second = file(register, manifest("A-2"))
    assert sorted(links(register)) == sorted([(near, first), (far, second)])
    file(register, manifest("A-3"))
    assert other not in dict(links(register))


def test_a_draw_down_finds_its_manifest(register: Connection) -> None:
    filed = file(register, manifest())
    (found,) = detect(register, fall(-1))
    assert links(register) == [(found, filed)]
    rows = register.execute("SELECT action, actor, subject_id FROM audit_event ORDER BY 1")
    assert rows.fetchall() == [
        ("pump_out.detected", "system", str(found)),
        ("pump_out.filed", "local", str(filed)),
        ("pump_out.matched", "system", str(found)),
    ]


def test_a_repeated_evaluation_stores_no_fall_twice(register: Connection) -> None:
    assert len(detect(register, fall(-3), fall(-2.5))) == 1
    assert detect(register, fall(-3)) == []
    assert len(detect(register, fall(-2), fall(5))) == 1
    assert detect(register) == []


def test_a_manifest_is_filed_once_at_a_trap_that_is(register: Connection) -> None:
    file(register, manifest())
    with pytest.raises(ConflictError, match="manifest_no"):
        file(register, manifest(hours=-1))
    with pytest.raises(InvalidRequestError, match="trap_id"):
        file(register, manifest("A-2")._replace(trap_id=9))
    with pytest.raises(InvalidRequestError, match="job_id"):
        file(register, manifest("A-2")._replace(job_id=9))
    assert register.execute("SELECT count(*) FROM pump_out").fetchone() == (1,)


def test_each_party_confirms_a_manifest_once(register: Connection) -> None:
    filed = file(register, manifest())
    (found,) = detect(register, fall(0))

    def confirm(number: int, party: Party, hours: float = 0) -> None:
        with register.transaction():
            at = NOW + hours * HOUR
            actions.confirm(register, number, party, by="王", actor="local", now=at)

    confirm(filed, Party.GENERATOR, 1)
    with pytest.raises(ConflictError, match="generator"):
        confirm(filed, Party.GENERATOR)
    with pytest.raises(ConflictError, match="draw-down"):
        confirm(found, Party.HAULER)
    with pytest.raises(NotFoundError):
        confirm(99, Party.HAULER)
    confirm(filed, Party.HAULER, 3)
    taken, seen = store.select_pump_outs(register, [1], NOW, NOW + HOUR)
    assert taken.verified_us == to_us(NOW + 3 * HOUR)
    assert (taken.source, taken.counterpart_id, taken.is_complete) == (Source.MANIFEST, found, True)
    assert taken.matched_us == seen.matched_us == to_us(NOW + 2 * HOUR)
    assert (seen.source, seen.counterpart_id, seen.is_complete) == (Source.DETECTED, filed, None)
    assert (seen.level_min_mm, seen.verified_us) == (40.0, None)


def test_rules_are_given_their_traps_and_span(register: Connection) -> None:
    file(register, manifest("A-1", hours=-1, volume_l=100))
    file(register, manifest("A-2"))
    (one,) = store.select_pump_outs(register, [1, 2], NOW - HOUR, NOW)
    assert (one.pumped_us, one.is_complete) == (to_us(NOW - HOUR), False)
    assert store.select_pump_outs(register, [2], NOW - HOUR, NOW + HOUR) == []


def test_a_manifest_and_a_draw_down_at_the_same_moment_do_not_miss_each_other(
    register: Connection, database_url: str
) -> None:
    with connect(database_url, "other", autocommit=False) as other:
        filed = actions.file_manifest(other, manifest(), "local", NOW)
        found: list[int] = []
        waiting = Thread(target=lambda: found.extend(detect(register, fall(0))))
        waiting.start()
        while not other.execute(
            "SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchall():
            assert waiting.is_alive(), "the other transaction did not wait"
        other.commit()
        waiting.join(timeout=30)
    assert links(register) == [(found[0], filed)]


def test_the_schema_refuses_half_a_manifest(register: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        register.execute(
            "INSERT INTO pump_out (source, trap_id, pumped_at, filed_at, volume_l)"
            " VALUES ('manifest', 1, now(), now(), 400)"
        )
