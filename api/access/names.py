"""One name is one actor: accounts and tokens share their names, and the audit trail keeps them."""

from collections.abc import Sequence

from alerts.tickets.model import SYSTEM
from api.access import store
from api.access.model import PUBLIC
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, InvalidRequestError

_RESERVED = frozenset({SYSTEM.name, PUBLIC.name})


def claim_name(connection: Connection, name: str, *, is_account: bool) -> None:
    """Hold a name for a new account or token; a revoked token's may be given to a token again.

    Raises: ConflictError: somebody has it, or had it.
    """
    wait_lock(connection, AdvisoryLock.ACCESS_NAMES)
    if (
        name in _RESERVED
        or store.is_account_name(connection, name)
        or store.is_token_name(connection, name, ever=is_account)
    ):
        raise ConflictError(f"the name {name!r} is taken")


def find_towns(connection: Connection, codes: Sequence[str]) -> list[int]:
    """Return the numbers of towns.

    Raises: InvalidRequestError: there is no such town.
    """
    found = store.select_town_ids(connection, codes)
    missing = sorted(set(codes) - found.keys())
    if missing:
        raise InvalidRequestError(f"towns: there is no town {', '.join(missing)}")
    return list(found.values())


def check_unit(connection: Connection, code: str | None) -> None:
    """Refuse a unit that is none.

    Raises: InvalidRequestError.
    """
    if code is not None and not store.is_unit(connection, code):
        raise InvalidRequestError(f"unit: there is no unit {code!r}")
