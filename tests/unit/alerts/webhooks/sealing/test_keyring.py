import base64
from itertools import count

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from alerts.webhooks.sealing.keyring import Keyring, UnsealableError, is_sealed, key_id_of

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def keyring(*keys: bytes) -> Keyring:
    numbers = count(1)
    return Keyring(list(keys), lambda size: next(numbers).to_bytes(size, "big"))


@given(st.text(), st.text())
def test_what_was_sealed_opens_for_what_it_is_bound_to(plain: str, bound_to: str) -> None:
    keys = keyring(OLD)
    envelope = keys.seal(plain, bound_to)
    assert is_sealed(envelope)
    assert keys.open(envelope, bound_to) == plain
    with pytest.raises(UnsealableError, match="altered, or moved"):
        keys.open(envelope, bound_to + "x")


def test_an_envelope_is_aes_256_gcm_that_others_can_open() -> None:
    envelope = keyring(OLD).seal(SECRET, "endpoint:7")
    raw = base64.b64decode(envelope.rpartition(":")[2])
    assert AESGCM(OLD).decrypt(raw[:12], raw[12:], b"endpoint:7") == SECRET.encode()


def test_no_two_envelopes_are_alike_and_none_shows_its_secret() -> None:
    keys = keyring(OLD)
    one, other = keys.seal(SECRET, "a"), keys.seal(SECRET, "a")
    assert one != other
    assert SECRET not in one
    assert SECRET.removeprefix("whsec_") not in one


def test_the_first_key_seals_and_each_opens() -> None:
    before = keyring(OLD).seal(SECRET, "a")
    both = keyring(NEW, OLD)
    assert both.open(before, "a") == SECRET
    after = both.seal(SECRET, "a")
    assert key_id_of(after) == both.first_id != key_id_of(before)
    assert keyring(NEW).open(after, "a") == SECRET
    with pytest.raises(UnsealableError, match=f"key {key_id_of(after)}, which is not among ours"):
        keyring(OLD).open(after, "a")


@pytest.mark.parametrize("where", [-1, -5, 25, 40])
def test_an_altered_envelope_does_not_open_and_the_error_holds_nothing_of_it(where: int) -> None:
    keys = keyring(OLD)
    envelope = list(keys.seal(SECRET, "a"))
    envelope[where] = "A" if envelope[where] != "A" else "B"
    with pytest.raises(UnsealableError) as caught:
        keys.open("".join(envelope), "a")
    assert "".join(envelope)[20:] not in str(caught.value)


@pytest.mark.parametrize("value", ["", "whsec_abc", "https://example.org/hook"])
def test_plain_text_is_not_taken_for_sealed(value: str) -> None:
    assert not is_sealed(value)
    with pytest.raises(UnsealableError, match="plain text"):
        keyring(OLD).open(value, "a")


def test_keys_are_read_in_their_order_whatever_separates_them() -> None:
    encoded = [base64.b64encode(key).decode() for key in (NEW, OLD)]
    for text in (",".join(encoded), ", ".join(encoded), "\n".join(encoded)):
        assert Keyring.parse(text, bytes).first_id == keyring(NEW).first_id
        assert Keyring.parse(text, bytes).ids == keyring(NEW, OLD).ids


@pytest.mark.parametrize(
    "text", ["", " , ", "c2hvcnQ=", "not base64!", base64.b64encode(OLD[1:]).decode()]
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        Keyring.parse(text, bytes)
    assert not text.strip(" ,") or text not in str(caught.value)
