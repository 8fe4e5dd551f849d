"""Passwords: argon2id by OWASP's parameters, two at a time, as slow for names that do not exist.

Source: OWASP Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane); NIST SP 800-63B: length
counts, composition rules do not.
"""

from secrets import token_urlsafe
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from core.errors import InvalidRequestError

CHARS_MIN = 12
CHARS_MAX = 200
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: A burst of logins must not take all memory and both cores.
_AT_ONCE = BoundedSemaphore(2)
#: Checked where there is nothing to check, so that it takes as long.
_NOBODYS_HASH = _HASHER.hash(token_urlsafe(16))


def hash_password(password: str) -> str:
    """Return what is stored of a password.

    Raises: InvalidRequestError: shorter than CHARS_MIN or longer than CHARS_MAX characters.
    """
    if not CHARS_MIN <= len(password) <= CHARS_MAX:
        raise InvalidRequestError(f"password: {CHARS_MIN} to {CHARS_MAX} characters expected")
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Return whether a password is the stored one; None (nobody, or no password) never is."""
    with _AT_ONCE:
        try:
            matches = _HASHER.verify(stored or _NOBODYS_HASH, password[:CHARS_MAX])
        except (VerifyMismatchError, InvalidHashError):
            return False
    return matches and stored is not None
