from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from alerts.webhooks.signing import (
    SignatureMismatchError,
    generate_secret,
    parse_secret,
    sign,
    sign_with_each,
    verify,
)

# The specification's own example.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP_S = 1_614_265_330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

OTHER_SECRET = "whsec_" + b64encode(bytes(range(32))).decode()


def test_the_vector_of_the_specification_is_byte_equal() -> None:
    assert sign(SECRET, MESSAGE_ID, TIMESTAMP_S, BODY) == SIGNATURE


@given(
    key=st.binary(min_size=24, max_size=64),
    message_id=st.text("abcdefXYZ0189_-", min_size=1, max_size=40),
    timestamp_s=st.integers(1, 4_102_444_800),
    body=st.text(max_size=200),
)
def test_an_independent_implementation_signs_the_same(
    key: bytes, message_id: str, timestamp_s: int, body: str
) -> None:
    secret = generate_secret(key)
    # standardwebhooks overwrites the zone of what it is given, so it must be UTC.
    moment = datetime.fromtimestamp(timestamp_s, UTC)
    assert sign(secret, message_id, timestamp_s, body.encode()) == Webhook(secret).sign(
        message_id, moment, body
    )


def test_with_several_secrets_each_signs_once_separated_by_a_space() -> None:
    header = sign_with_each([SECRET, OTHER_SECRET], MESSAGE_ID, TIMESTAMP_S, BODY)
    old, new = header.split(" ")
    assert old == SIGNATURE
    assert new == sign(OTHER_SECRET, MESSAGE_ID, TIMESTAMP_S, BODY)


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_while_a_secret_is_rotated_a_receiver_with_either_accepts(secret: str) -> None:
    header = sign_with_each([SECRET, OTHER_SECRET], MESSAGE_ID, TIMESTAMP_S, BODY)
    verify(secret, MESSAGE_ID, TIMESTAMP_S, BODY, header=header, now_s=TIMESTAMP_S)


def test_signatures_of_other_schemes_are_passed_over() -> None:
    header = f"v1a,bm90IG91cnM= {SIGNATURE}"
    verify(SECRET, MESSAGE_ID, TIMESTAMP_S, BODY, header=header, now_s=TIMESTAMP_S)


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY + b" "},
        {"message_id": MESSAGE_ID + "x"},
        {"timestamp_s": TIMESTAMP_S + 1},
        {"secret": OTHER_SECRET},
        {"header": ""},
        {"header": "v1"},
        {"header": SIGNATURE.removeprefix("v1,")},
        {"header": "v1a," + SIGNATURE.removeprefix("v1,")},
        {"header": "v1,签名"},
    ],
)
def test_any_change_is_refused(change: dict[str, object]) -> None:
    message: dict[str, object] = {
        "secret": SECRET,
        "message_id": MESSAGE_ID,
        "timestamp_s": TIMESTAMP_S,
        "body": BODY,
        "header": SIGNATURE,
    }
    with pytest.raises(SignatureMismatchError, match="no signature fits"):
        verify(**(message | change), now_s=TIMESTAMP_S)  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("age_s", "timely"), [(300, True), (-300, True), (301, False), (-301, False)]
)
def test_a_timestamp_may_be_five_minutes_off(age_s: int, timely: bool) -> None:
    now_s = TIMESTAMP_S + age_s
    if timely:
        verify(SECRET, MESSAGE_ID, TIMESTAMP_S, BODY, header=SIGNATURE, now_s=now_s)
    else:
        with pytest.raises(SignatureMismatchError, match="old"):
            verify(SECRET, MESSAGE_ID, TIMESTAMP_S, BODY, header=SIGNATURE, now_s=now_s)


@pytest.mark.parametrize("size", [24, 64])
def test_a_new_secret_carries_exactly_its_random_bytes(size: int) -> None:
    random_bytes = bytes(range(size))
    secret = generate_secret(random_bytes)
    assert b64decode(secret.removeprefix("whsec_")) == random_bytes
    assert parse_secret(secret) == random_bytes


@pytest.mark.parametrize("size", [0, 23, 65])
def test_too_few_or_too_many_bytes_make_no_secret(size: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        generate_secret(bytes(size))


@pytest.mark.parametrize(
    "secret",
    [
        SECRET.removeprefix("whsec_"),
        "whsec_not base64!",
        "whsec_密钥",
        "whsec_" + b64encode(b"too short").decode(),
        "whsec_" + b64encode(bytes(65)).decode(),
    ],
)
def test_a_malformed_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret") as refusal:
        sign(secret, MESSAGE_ID, TIMESTAMP_S, BODY)
    assert secret.removeprefix("whsec_") not in str(refusal.value)


def test_a_message_id_with_the_separator_in_it_is_refused() -> None:
    # "a.1" at second 2 and "a" at "1.2" would be the same signed bytes.
    with pytest.raises(ValueError, match="no dot"):
        sign(SECRET, "msg.1", TIMESTAMP_S, BODY)
