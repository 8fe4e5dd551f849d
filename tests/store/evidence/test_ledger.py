"""The ledger on a real database: what is appended, in which order, and what is signed."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest

from alerts.evidence import audit, ledger, merkle
from alerts.evidence.canonical import canonical_event
from alerts.evidence.keys import load_signer, make_key
from alerts.timers import checkpoint
from core.db import Connection, connect, translated_errors
from core.errors import EvidenceDamagedError, MisconfiguredDatabaseError, PermanentDataError
from core.instant import SECOND_US, from_us

NOW_US = 1_767_574_800_000_000
NOW = from_us(NOW_US)
SIGNER = load_signer("test.local/ledger", make_key())


def act(connection: Connection, number: int) -> None:
    audit.record(
        connection, at=NOW, actor="li", action="test.done", subject_kind="test",
        subject_id=str(number), detail={"n": number},
    )  # fmt: skip


def leaf_hashes(connection: Connection) -> list[bytes]:
    rows = connection.execute("SELECT leaf_hash FROM ledger_entry ORDER BY seq")
    return [row[0] for row in rows]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


def test_an_act_is_hashed_and_chained_when_it_commits(connection: Connection) -> None:
    with connection.transaction():
        act(connection, 1)
        act(connection, 2)
        assert connection.execute("SELECT count(*) FROM ledger_entry").fetchone() == (0,)
    rows = connection.execute(
        "SELECT seq, leaf_hash, chain_hash, canonical, salt FROM ledger_entry"
        " JOIN audit_event USING (audit_event_id) ORDER BY seq"
    ).fetchall()
    chain = bytes(32)
    for number, (seq, leaf, stored_chain, canonical, salt) in enumerate(rows, 1):
        assert seq == number - 1
        assert canonical == canonical_event(
            at=NOW, actor="li", action="test.done", subject_kind="test",
            subject_id=str(number), detail={"n": number}, salt=salt,
        )  # fmt: skip
        assert leaf == merkle.leaf_hash(canonical)
        chain = sha256(chain + leaf).digest()
        assert stored_chain == chain
    assert len(rows) == 2


def test_an_act_that_is_rolled_back_leaves_no_gap(connection: Connection) -> None:
    act(connection, 1)
    with connection.transaction(force_rollback=True):
        act(connection, 2)
    act(connection, 3)
    rows = connection.execute("SELECT seq FROM ledger_entry ORDER BY seq").fetchall()
    assert rows == [(0,), (1,)]


def test_writers_at_the_same_time_make_one_chain(database_url: str, connection: Connection) -> None:
    def write(worker: int) -> None:
        with connect(database_url, "test", autocommit=True) as own:
            for number in range(25):
                with own.transaction():
                    act(own, worker * 100 + number)
                    act(own, worker * 100 + number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    rows = connection.execute("SELECT seq, leaf_hash, chain_hash FROM ledger_entry ORDER BY seq")
    chain = bytes(32)
    for index, (seq, leaf, stored) in enumerate(rows):
        chain = sha256(chain + leaf).digest()
        assert (seq, stored) == (index, chain)
    assert connection.execute("SELECT count(*) FROM ledger_entry").fetchone() == (200,)


@pytest.mark.parametrize(
    "table", ["audit_event", "ledger_entry", "ledger_checkpoint", "ledger_key"]
)
def test_the_owner_cannot_change_or_empty_it_by_mistake(connection: Connection, table: str) -> None:
    act(connection, 1)
    for verb in (b"DELETE FROM ", b"TRUNCATE "):
        with pytest.raises(PermanentDataError, match="append-only"), translated_errors():
            connection.execute(verb + table.encode() + b" CASCADE" * (verb == b"TRUNCATE "))


def test_a_role_that_may_only_append_acts_but_cannot_write_the_ledger(
    connection: Connection, database_url: str
) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE ROLE only_appends")
        connection.execute("GRANT SELECT, INSERT ON audit_event TO only_appends")
        connection.execute("GRANT SELECT ON ledger_entry TO only_appends")
        connection.execute("SET LOCAL ROLE only_appends")
        act(connection, 1)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert connection.execute("SELECT seq FROM ledger_entry").fetchall() == [(0,)]
        with pytest.raises(MisconfiguredDatabaseError, match="42501"), translated_errors():
            connection.execute("INSERT INTO ledger_entry VALUES (1, 1, '', '')")


def test_what_contradicts_an_earlier_checkpoint_is_not_signed(connection: Connection) -> None:
    ledger.announce_key(connection, SIGNER, NOW)
    act(connection, 1)
    ledger.make_checkpoint(connection, SIGNER, NOW)
    connection.execute("SET session_replication_role = replica")
    connection.execute("UPDATE ledger_entry SET leaf_hash = sha256('\\x01') WHERE seq = 1")
    act(connection, 2)
    with pytest.raises(EvidenceDamagedError, match="does not continue"):
        ledger.make_checkpoint(connection, SIGNER, NOW)


def test_a_checkpoint_is_due_hourly_and_covers_its_own_key(connection: Connection) -> None:
    def run(after_s: int) -> int:
        with connection.transaction():
            return checkpoint.run_once(
                connection, NOW_US + after_s * SECOND_US, signer=SIGNER, interval_s=3_600
            )

    assert [run(0), run(1)] == [0, 1]  # the key first, then the checkpoint over it
    act(connection, 1)
    assert [run(2), run(3_600), run(3_602), run(9_000)] == [0, 0, 1, 0]
    rows = connection.execute(
        "SELECT size, root_hash, note FROM ledger_checkpoint ORDER BY size"
    ).fetchall()
    leaves = leaf_hashes(connection)
    assert [row[0] for row in rows] == [1, 2]
    for size, root, note in rows:
        assert root == merkle.root_of(leaves[:size])
        assert note.startswith(
            f"test.local/ledger\n{size}\n{base64.b64encode(root).decode()}\n\n— "
        )


def test_another_key_is_an_entry_of_its_own(connection: Connection) -> None:
    other = load_signer("test.local/ledger", make_key())
    assert ledger.announce_key(connection, SIGNER, NOW)
    assert not ledger.announce_key(connection, SIGNER, NOW)
    assert ledger.announce_key(connection, other, NOW)
    rows = connection.execute(
        "SELECT detail ->> 'key', detail ->> 'before' FROM audit_event ORDER BY audit_event_id"
    ).fetchall()
    assert rows == [(SIGNER.verifier_key, None), (other.verifier_key, SIGNER.verifier_key)]


def test_proofs_over_several_hundred_entries(connection: Connection) -> None:
    ledger.announce_key(connection, SIGNER, NOW)
    with connection.transaction():
        for number in range(299):
            act(connection, number)
    first = ledger.make_checkpoint(connection, SIGNER, NOW)
    with connection.transaction():
        for number in range(400):
            act(connection, number)
    second = ledger.make_checkpoint(connection, SIGNER, NOW + timedelta(hours=1))
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (300, 700)
    nodes = connection.execute("SELECT level, position FROM ledger_node ORDER BY 1, 2").fetchall()
    assert nodes == [(1, 0), (1, 1)]
    leaves = leaf_hashes(connection)
    assert second.root_hash == merkle.root_of(leaves)
    for index in (0, 255, 256, 511, 512, 699):
        path = ledger.prove_inclusion(connection, index, 700)
        assert merkle.root_from_inclusion(leaves[index], index, 700, path) == second.root_hash
    assert ledger.prove_consistency(connection, 300, 700)


def test_a_checkpoint_goes_to_those_who_ask_for_it_by_name(connection: Connection) -> None:
    from tests.webhooks import add_endpoint

    add_endpoint(connection, "http://127.0.0.1:1/all")
    asking = add_endpoint(connection, "http://127.0.0.1:1/anchor")
    connection.execute(
        "UPDATE webhook_endpoint SET event_types = '{evidence.checkpoint}', severity_min = 'red'"
        " WHERE webhook_endpoint_id = %s",
        (asking,),
    )
    for after_s in (0, 1):
        with connection.transaction():
            checkpoint.run_once(
                connection, NOW_US + after_s * SECOND_US, signer=SIGNER, interval_s=60
            )
    rows = connection.execute("SELECT webhook_endpoint_id FROM webhook_delivery").fetchall()
    assert rows == [(asking,)]
