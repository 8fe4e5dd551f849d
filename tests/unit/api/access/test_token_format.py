import re
import string
import zlib

import pytest

from api.access.token_format import RANDOM_BYTES, hash_of, is_token, make_token

TOKEN = make_token(bytes(range(RANDOM_BYTES)))


def test_the_form_is_the_published_one() -> None:
    assert re.fullmatch("tw_[0-9A-Za-z]{36}", TOKEN)
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    check = 0
    for character in TOKEN[-6:]:
        check = check * 62 + digits.index(character)
    assert check == zlib.crc32(TOKEN[:-6].encode())


def test_a_token_is_one() -> None:
    assert is_token(TOKEN)
    assert is_token(make_token(b"\xff" * RANDOM_BYTES))


@pytest.mark.parametrize("position", [3, 17, 32, 33, 38])
def test_a_mistyped_character_is_told(position: int) -> None:
    other = "a" if TOKEN[position] != "a" else "b"
    assert not is_token(TOKEN[:position] + other + TOKEN[position + 1 :])


@pytest.mark.parametrize("text", ["", "tw_", TOKEN[:-1], TOKEN + "0", "gh" + TOKEN, TOKEN.upper()])
def test_what_is_no_token_is_told(text: str) -> None:
    assert not is_token(text)


def test_what_is_stored_does_not_hold_it() -> None:
    assert len(hash_of(TOKEN)) == 32
    assert hash_of(TOKEN) != hash_of(TOKEN + " ")
