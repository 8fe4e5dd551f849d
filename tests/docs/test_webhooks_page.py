"""What docs/webhooks.md promises receivers is what the relay does."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts.webhooks.event_types import EVENT_TYPES
from alerts.webhooks.signing import sign, sign_with_each
from core.settings import WebhookSettings

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
    _, section = PAGE.split("## Event types")
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
