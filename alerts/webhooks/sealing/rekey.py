"""Seals stored secrets anew: those of earlier versions, and all of them under another key."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from alerts.webhooks.protection import secret_of, shown_url, url_of
from alerts.webhooks.sealing import store
from alerts.webhooks.sealing.keyring import Keyring, UnsealableError, is_sealed, key_id_of
from alerts.webhooks.sealing.store import StoredSecrets
from core.db import Connection


class Rekeyed(NamedTuple):
    """How many endpoints were sealed anew, and which could not be opened (number, reason)."""

    endpoint_count: int
    unsealable: list[tuple[int, str]]


def seal_plain(connection: Connection, keyring: Keyring) -> int:
    """Seal what stands in plain text; return of how many endpoints. Safe to repeat."""
    if all(_is_whole(stored) for stored in store.select_secrets(connection)):
        return 0
    return _seal(connection, keyring, lambda stored: not _is_whole(stored)).endpoint_count


def rekey(connection: Connection, keyring: Keyring) -> Rekeyed:
    """Seal everything that is not under the first key with that one, in the caller's transaction.

    What no key opens stays as it is.
    """
    return _seal(
        connection,
        keyring,
        lambda stored: (
            not _is_whole(stored)
            or any(key_id_of(value) != keyring.first_id for value in stored.values)
        ),
    )


def _seal(
    connection: Connection, keyring: Keyring, is_meant: Callable[[StoredSecrets], bool]
) -> Rekeyed:
    unsealable: list[tuple[int, str]] = []
    count = 0
    for stored in store.lock_secrets(connection):
        if not is_meant(stored):
            continue
        try:
            store.update_secrets(connection, _sealed(stored, keyring))
        except UnsealableError as error:
            unsealable.append((stored.endpoint_id, str(error)))
        else:
            count += 1
    return Rekeyed(count, unsealable)


def _sealed(stored: StoredSecrets, keyring: Keyring) -> StoredSecrets:
    number = stored.endpoint_id
    url = _plain(stored.url, keyring, url_of(number))
    secret = _plain(stored.secret, keyring, secret_of(number))
    previous = stored.previous_secret and _plain(stored.previous_secret, keyring, secret_of(number))
    return replace(
        stored,
        url=keyring.seal(url, url_of(number)),
        url_shown=shown_url(url, stored.kind),
        secret=keyring.seal(secret, secret_of(number)),
        previous_secret=previous and keyring.seal(previous, secret_of(number)),
    )


def _plain(value: str, keyring: Keyring, bound_to: str) -> str:
    return keyring.open(value, bound_to) if is_sealed(value) else value


def _is_whole(stored: StoredSecrets) -> bool:
    return all(is_sealed(value) for value in stored.values)
