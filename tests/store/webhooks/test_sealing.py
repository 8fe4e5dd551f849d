"""Secrets in the database: sealed, rotated, sealed anew, and nowhere in plain text."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerts.webhooks import endpoints, store
from alerts.webhooks.model import ClaimedDelivery, EndpointFields, Lanes, Terms
from alerts.webhooks.protection import Protection, secret_of, url_of
from alerts.webhooks.sealing.keyring import Keyring, UnsealableError, is_sealed
from alerts.webhooks.sealing.rekey import rekey, seal_plain
from alerts.webhooks.sealing.rotation import rotate_secret
from alerts.webhooks.sealing.store import forget_previous_secrets, select_secrets
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError
from core.instant import from_us
from tests.relays import connections
from tests.webhooks import (
    KEYRING,
    LOOPBACK,
    NOW_US,
    PROTECTION,
    SECRET,
    add_endpoint,
    queue_message,
)

NOW = from_us(NOW_US)
URL = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"
NEW_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
DAY = timedelta(days=1)

connection = pytest.fixture(connections)


def claim(connection: Connection, at: timedelta = timedelta(0)) -> ClaimedDelivery:
    terms = Terms(NOW + at, timedelta(0), Lanes(1), timedelta(0))
    (claimed,) = store.claim_deliveries(connection, terms, count_max=1)
    return claimed


def rotate(connection: Connection, endpoint_id: int, overlap: timedelta = DAY) -> str | None:
    return rotate_secret(
        connection, endpoint_id, secret=None, overlap=overlap, random_bytes=bytes(range(32)),
        protection=PROTECTION, actor="li", now=NOW,
    ).secret  # fmt: skip


def test_two_secrets_sign_during_a_rotation_and_one_after_it(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    queue_message(connection, endpoint_id)
    assert rotate(connection, endpoint_id) == NEW_SECRET
    assert PROTECTION.opened(claim(connection)).secrets == [NEW_SECRET, SECRET]
    almost = DAY - timedelta(microseconds=1)
    assert len(claim(connection, almost).secrets) == 2
    assert PROTECTION.opened(claim(connection, DAY)).secrets == [NEW_SECRET]
    assert endpoints.get_endpoint(connection, endpoint_id).previous_secret_until == NOW + DAY
    assert forget_previous_secrets(connection, NOW + almost) == 0
    assert forget_previous_secrets(connection, NOW + DAY) == 1
    assert endpoints.get_endpoint(connection, endpoint_id).previous_secret_until is None


def test_a_secret_that_leaked_signs_no_more_at_once(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    queue_message(connection, endpoint_id)
    rotate(connection, endpoint_id, overlap=timedelta(0))
    assert PROTECTION.opened(claim(connection)).secrets == [NEW_SECRET]


def test_a_robot_takes_one_sign_key_at_a_time(connection: Connection) -> None:
    endpoint_id = endpoints.create_endpoint(
        connection, EndpointFields(URL.replace("https", "http").replace("oapi.dingtalk.com",
        "127.0.0.1:9"), kind="dingtalk", audience="people"), secret="SECfirst",
        random_bytes=bytes(32), protection=PROTECTION, actor="li", now=NOW,
    ).endpoint.endpoint_id  # fmt: skip
    queue_message(connection, endpoint_id)

    def keys() -> list[str]:
        terms = Terms(NOW, timedelta(0), Lanes(1), timedelta(0))
        (claimed,) = store.claim_deliveries(connection, terms, count_max=1, is_paced=True)
        return PROTECTION.opened(claimed).secrets

    assert keys() == ["SECfirst"]
    for key in ("SECsecond", ""):
        rotated = rotate_secret(
            connection, endpoint_id, secret=key, overlap=DAY, random_bytes=bytes(32),
            protection=PROTECTION, actor="li", now=NOW,
        )  # fmt: skip
        assert rotated.secret is None
        assert rotated.endpoint.previous_secret_until is None
        assert keys() == [key]
    with pytest.raises(InvalidRequestError, match="vendor"):
        rotate(connection, endpoint_id)
    assert rekey(connection, Keyring([b"n" * 32, bytes(range(32))], os.urandom)).endpoint_count
    shown = endpoints.get_endpoint(connection, endpoint_id).url_shown
    assert shown == "http://127.0.0.1:9/***cdef"


def test_a_rotation_is_in_the_audit_trail_without_any_secret(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    rotate(connection, endpoint_id)
    row = connection.execute("SELECT actor, action, detail::text FROM audit_event").fetchone()
    assert row is not None
    assert row[:2] == ("li", "webhook_endpoint.secret_rotated")
    assert "0123456789abcdef" not in row[2]
    assert NEW_SECRET.removeprefix("whsec_") not in row[2]


def test_a_malformed_secret_is_refused_and_not_repeated(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    with pytest.raises(InvalidRequestError) as caught:
        rotate_secret(
            connection, endpoint_id, secret="whsec_tooshort", overlap=DAY,
            random_bytes=bytes(32), protection=PROTECTION, actor="li", now=NOW,
        )  # fmt: skip
    assert "tooshort" not in str(caught.value)


def test_without_a_key_nothing_is_added_or_rotated(connection: Connection) -> None:
    keyless = Protection(None, LOOPBACK)
    with pytest.raises(ConflictError, match="TRAPWATCH_WEBHOOKS__SECRET_KEY"):
        endpoints.create_endpoint(
            connection, EndpointFields("http://127.0.0.1/"), secret=None,
            random_bytes=bytes(32), protection=keyless, actor="li", now=NOW,
        )  # fmt: skip
    with pytest.raises(ConflictError, match="TRAPWATCH_WEBHOOKS__SECRET_KEY"):
        rotate_secret(
            connection, add_endpoint(connection, URL), secret=None, overlap=DAY,
            random_bytes=bytes(32), protection=keyless, actor="li", now=NOW,
        )  # fmt: skip
    assert connection.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


@pytest.fixture
def plain_id(connection: Connection) -> Iterator[int]:
    """An endpoint as versions before sealing stored it."""
    row = connection.execute(
        "INSERT INTO webhook_endpoint (url, secret, created_at, updated_at)"
        " VALUES (%s, %s, %s, %s) RETURNING webhook_endpoint_id",
        (URL, SECRET, NOW, NOW),
    ).fetchone()
    assert row is not None
    return row[0]


def test_what_an_earlier_version_stored_is_sealed_once(
    connection: Connection, plain_id: int
) -> None:
    queue_message(connection, plain_id)
    assert endpoints.get_endpoint(connection, plain_id).url_shown == "…"
    with pytest.raises(UnsealableError, match="plain text"):
        PROTECTION.opened(claim(connection))
    assert Protection(None, LOOPBACK).opened(claim(connection)).secrets == [SECRET]
    assert seal_plain(connection, KEYRING) == 1
    assert seal_plain(connection, KEYRING) == 0
    opened = PROTECTION.opened(claim(connection))
    assert (opened.url, opened.secrets) == (URL, [SECRET])
    shown = endpoints.get_endpoint(connection, plain_id).url_shown
    assert shown == "https://oapi.dingtalk.com/…"
    (stored,) = select_secrets(connection)
    assert all(map(is_sealed, stored.values))


def test_a_new_key_takes_over_all_that_the_old_one_sealed(
    connection: Connection, plain_id: int
) -> None:
    old = bytes(range(32))
    sealed_id = add_endpoint(connection, URL)
    rotate(connection, sealed_id)
    both = Keyring([b"n" * 32, old], os.urandom)
    assert rekey(connection, both).endpoint_count == 2
    assert rekey(connection, both).endpoint_count == 0
    only_new = Keyring([b"n" * 32], os.urandom)
    for stored in select_secrets(connection):
        number = stored.endpoint_id
        assert only_new.open(stored.url, url_of(number)) == URL
        wanted = NEW_SECRET if number == sealed_id else SECRET
        assert only_new.open(stored.secret, secret_of(number)) == wanted
        if stored.previous_secret is not None:
            assert only_new.open(stored.previous_secret, secret_of(number)) == SECRET
    assert plain_id != sealed_id


def test_what_no_key_opens_is_named_and_left_as_it_is(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    before = select_secrets(connection)
    done = rekey(connection, Keyring([b"n" * 32], os.urandom))
    assert done.endpoint_count == 0
    ((number, reason),) = done.unsealable
    assert number == endpoint_id
    assert "not among ours" in reason
    assert select_secrets(connection) == before


def test_sealed_values_of_two_endpoints_cannot_be_exchanged(connection: Connection) -> None:
    mine, other = add_endpoint(connection, URL), add_endpoint(connection, "https://evil.example/")
    connection.execute(
        "UPDATE webhook_endpoint SET url = (SELECT url FROM webhook_endpoint"
        " WHERE webhook_endpoint_id = %s) WHERE webhook_endpoint_id = %s",
        (other, mine),
    )
    queue_message(connection, mine)
    with pytest.raises(UnsealableError, match="moved"):
        PROTECTION.opened(claim(connection))
