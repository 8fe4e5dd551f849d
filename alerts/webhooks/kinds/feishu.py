r"""Feishu (飞书) and Lark group robots.

Source: Feishu open platform, "Custom bot guide" (自定义机器人使用指南): POST to
/open-apis/bot/v2/hook/{id}; with a sign key also timestamp (seconds, as text) and sign =
base64(HMAC-SHA256("{timestamp}\n{key}", "")) in the body; 100 messages a minute and 5 a second; a
body of at most 20 kB; whole and half hours are to be avoided (error 11232).
"""

from base64 import b64encode
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Any

import orjson

from alerts.webhooks.kinds.notice import Notice, notice
from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.kinds.reply import Codes
from alerts.webhooks.kinds.text import fit
from core.instant import SECOND_US

BODY_BYTES_MAX = 20_000
#: JSON may write a character of text as two.
_TEXT_BYTES_MAX = 9_000

CODES = Codes(
    code_names=("code", "StatusCode"),
    text_names=("msg", "StatusMessage"),
    # 9499 is also said of bodies that cannot be read; waiting does no harm then.
    waits_s={9499: 60.0, 11232: 60.0, 99991400: 60.0},
    hints={
        19021: "sign, or a clock more than an hour off",
        19022: "our address is not on the robot's list",
        19024: "none of the robot's keywords is in the text",
        19001: "no such robot",
    },
)


def render(posting: Posting) -> Request:
    """Return the message as an interactive card with a link button."""
    told = notice(posting)
    user_ids = posting.mention_user_ids if told.is_mentioning else ()
    document: dict[str, Any] = {"msg_type": "interactive", "card": _card(told, user_ids)}
    secret = posting.secrets[0]
    if secret:
        timestamp_s = posting.timestamp_us // SECOND_US
        document |= {"timestamp": str(timestamp_s), "sign": sign(secret, timestamp_s)}
    headers = (("content-type", "application/json; charset=utf-8"),)
    return Request(headers, orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


def sign(secret: str, timestamp_s: int) -> str:
    """Return the sign of one request: the text is the key, and nothing is what it signs."""
    key = f"{timestamp_s}\n{secret}".encode()
    return b64encode(hmac_digest(key, b"", sha256)).decode()


def _card(told: Notice, user_ids: tuple[str, ...]) -> dict[str, Any]:
    rows = [f"**{label}**{told.colon}{value}" if label else value for label, value in told.rows]
    tail = [told.remark] if told.remark else []
    if user_ids:
        tail.append("".join(f"<at id={user_id}></at>" for user_id in user_ids))
    text = fit([], [*rows, *told.items], tail, _TEXT_BYTES_MAX)
    elements: list[dict[str, Any]] = [{"tag": "div", "text": {"tag": "lark_md", "content": text}}]
    if told.link is not None:
        button = {
            "tag": "button",
            "type": "primary",
            "text": {"tag": "plain_text", "content": told.view},
            "url": told.link,
        }
        elements.append({"tag": "action", "actions": [button]})
    title = {"tag": "plain_text", "content": told.title}
    return {
        "config": {"wide_screen_mode": True},
        "header": {"template": told.colour, "title": title},
        "elements": elements,
    }
