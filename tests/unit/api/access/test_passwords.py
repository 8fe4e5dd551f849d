import pytest

from api.access.passwords import CHARS_MIN, hash_password, is_password
from core.errors import InvalidRequestError


def test_a_password_is_its_own_and_salted() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_password(first, "correct horse")
    assert not is_password(first, "correct horsf")


def test_nobody_has_no_password() -> None:
    assert not is_password(None, "")
    assert not is_password(None, "correct horse")


@pytest.mark.parametrize("password", ["x" * (CHARS_MIN - 1), "x" * 201])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(InvalidRequestError, match="12 to 200"):
        hash_password(password)
