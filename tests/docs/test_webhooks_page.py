"""What docs/webhooks.md promises receivers is what the relay does."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts.webhooks.event_types import EVENT_TYPES
from alerts.webhooks.kinds import KINDS
from alerts.webhooks.kinds.bucket import FIVE_A_SECOND, TWENTY_A_MINUTE
from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.quiet_hours import QuietHours
from alerts.webhooks.signing import sign, sign_with_each
from core.instant import SECOND_US
from core.settings import WebhookSettings
from tests.unit.alerts.webhooks.kinds.messages import UID, message

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW_S = 1_767_574_800
BODY = '{"type":"alert.fired","data":{"name":"王家小馆"}}'.encode()


@pytest.fixture(scope="module")
def verify() -> Callable[..., None]:
    """The page's own example."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(example, namespace)  # the text of our own page
    return namespace["verify"]  # type: ignore[no-any-return]  # it has no annotations


def headers(signature: str) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW_S),
        "webhook-signature": signature,
    }


def test_the_example_accepts_what_we_sign(verify: Callable[..., None]) -> None:
    verify(SECRET, headers(sign(SECRET, "msg_1", NOW_S, BODY)), BODY, NOW_S)


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_the_example_accepts_both_secrets_of_a_rotation(
    verify: Callable[..., None], secret: str
) -> None:
    signature = sign_with_each([SECRET, OTHER_SECRET], "msg_1", NOW_S, BODY)
    verify(secret, headers(signature), BODY, NOW_S)


@pytest.mark.parametrize(
    ("secret", "body", "now_s"),
    [(OTHER_SECRET, BODY, NOW_S), (SECRET, BODY + b" ", NOW_S), (SECRET, BODY, NOW_S + 301)],
)
def test_the_example_refuses_what_is_forged_or_old(
    verify: Callable[..., None], secret: str, body: bytes, now_s: int
) -> None:
    with pytest.raises(ValueError, match=r"no signature|too old"):
        verify(secret, headers(sign(SECRET, "msg_1", NOW_S, BODY)), body, now_s)


def test_every_event_type_stands_there_with_its_meaning() -> None:
    section = PAGE.split("## Event types")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z._]+)` \| (.*) \|$", section, re.MULTILINE))
    assert rows == EVENT_TYPES


def test_the_schedule_stands_there() -> None:
    def spell(seconds: int) -> str:
        unit, size = next(u for u in (("h", 3_600), ("min", 60), ("s", 1)) if not seconds % u[1])
        return f"{seconds // size} {unit}"

    settings = WebhookSettings()
    *first, last = [spell(seconds) for seconds in settings.retry_delays_s]
    text = PAGE.replace("\n", " ")
    assert f"{', '.join(first)} and {last} later" in text
    assert f"up to {settings.retry_jitter_ratio:.0%}".replace("%", " %") in text
    assert f"we wait {settings.timeout_s:.0f} s" in text


def example(kind: str) -> Request:
    """The page's example of a kind: a blockage, to an endpoint that calls somebody if it can."""
    mentions = KINDS[kind].mentions
    posting = Posting(
        UID,
        message(),
        (SECRET if kind in {"standard", "cloudevents", "alertmanager"} else "SECexample",),
        NOW_S * SECOND_US,
        mention_mobiles=("13800000001",) if "mention_mobiles" in mentions else (),
        mention_user_ids=("lihua",) if "mention_user_ids" in mentions else (),
        public_url="https://traps.county.example",
    )
    return KINDS[kind].render(posting)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_kind_is_what_it_is_sent(kind: str) -> None:
    section = PAGE.split(f"### `{kind}`")[1].split("\n### ")[0]
    (text,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    assert json.loads(text) == json.loads(example(kind).body)


def test_the_example_of_quiet_hours_is_one() -> None:
    section = PAGE.split("**Quiet hours**")[1]
    QuietHours.parse(json.loads(re.findall(r"```json\n(.*?)```", section, re.DOTALL)[0]))


def test_every_code_that_is_not_like_the_others_stands_there() -> None:
    section = PAGE.split("### What robots answer")[1].split("\n### ")[0]
    for kind in KINDS.values():
        for code in kind.codes.waits_s if kind.codes else ():
            assert str(code) in section


def test_the_limits_of_robots_stand_there() -> None:
    def most(refill_us: int, burst: int, within_s: int) -> int:
        return burst + within_s * SECOND_US // refill_us

    text = PAGE.replace("\n", " ")
    twenty, five = TWENTY_A_MINUTE, FIVE_A_SECOND
    assert f"at most {most(twenty.refill_us, twenty.burst, 60)} a minute" in text
    assert f"({twenty.burst} at once, then one every {twenty.refill_us / SECOND_US:g} s)" in text
    a_second, a_minute = (most(five.refill_us, five.burst, within_s) for within_s in (1, 60))
    assert f"to Feishu {a_second} a second and {a_minute} a minute" in text
    assert f"in the first {five.avoided_us // SECOND_US} s of whole and half hours" in text
