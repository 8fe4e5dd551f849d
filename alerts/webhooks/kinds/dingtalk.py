r"""DingTalk (钉钉) group robots.

Source: DingTalk open platform, "Custom robot access" (自定义机器人接入) and "Security settings":
POST to /robot/send?access_token=…; with a sign key also timestamp (ms) and sign =
base64(HMAC-SHA256(key, "{timestamp}\n{key}")) in the query; 20 messages a minute, blocked for ten
minutes above that; a body of at most 20,000 bytes.
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

BODY_BYTES_MAX = 20_000
#: JSON may write a character of text as two.
_TEXT_BYTES_MAX = 9_000
_BLOCKED_S = 600.0

CODES = Codes(
    code_names=("errcode",),
    text_names=("errmsg",),
    waits_s={130101: _BLOCKED_S, 410100: _BLOCKED_S},
    final=frozenset({430101, 430102, 430103, 430104}),
    hints={
        310000: "keyword, address or sign: see the robot's security settings",
        300001: "no such access_token",
        400013: "the group is gone",
        400101: "no such access_token",
        400102: "the robot is switched off",
    },
)


def render(posting: Posting) -> Request:
    """Return the message as Markdown, or as a card with a button where it links and calls nobody.

    A card cannot call people (@).
    """
    told = notice(posting)
    mobiles = posting.mention_mobiles if told.is_mentioning else ()
    user_ids = posting.mention_user_ids if told.is_mentioning else ()
    if told.link is not None and not mobiles and not user_ids:
        document = _card(told, told.link)
    else:
        document = _markdown(told, mobiles, user_ids)
    query: tuple[tuple[str, str], ...] = ()
    secret = posting.secrets[0]
    if secret:
        timestamp_ms = posting.timestamp_us // 1_000
        query = (("timestamp", str(timestamp_ms)), ("sign", sign(secret, timestamp_ms)))
    headers = (("content-type", "application/json; charset=utf-8"),)
    return Request(headers, orjson.dumps(document, option=orjson.OPT_SORT_KEYS), query)


def sign(secret: str, timestamp_ms: int) -> str:
    """Return the sign of one request, not yet encoded for a URL."""
    signed = f"{timestamp_ms}\n{secret}".encode()
    return b64encode(hmac_digest(secret.encode(), signed, sha256)).decode()


def _card(told: Notice, link: str) -> dict[str, Any]:
    card = {
        "title": told.title,
        "text": _text(told, []),
        "btnOrientation": "0",
        "singleTitle": told.view,
        "singleURL": link,
    }
    return {"msgtype": "actionCard", "actionCard": card}


def _markdown(told: Notice, mobiles: tuple[str, ...], user_ids: tuple[str, ...]) -> dict[str, Any]:
    tail = [f"[{told.view}]({told.link})"] if told.link is not None else []
    if mobiles or user_ids:
        # Whoever is in ``at`` is called only if the text names them as well.
        tail.append(" ".join(f"@{one}" for one in (*mobiles, *user_ids)))
    return {
        "msgtype": "markdown",
        "markdown": {"title": told.title, "text": _text(told, tail)},
        "at": {"atMobiles": list(mobiles), "atUserIds": list(user_ids), "isAtAll": False},
    }


def _text(told: Notice, tail: list[str]) -> str:
    rows = [
        f"- {label}{told.colon}{value}" if label else f"> {value}" for label, value in told.rows
    ]
    lines = [line for row in (*rows, *told.items) for line in (row, "")]
    remark = [told.remark, ""] if told.remark else []
    spaced = [line for one in tail for line in (one, "")]
    return fit([f"### {told.title}", ""], lines, [*remark, *spaced], _TEXT_BYTES_MAX).rstrip("\n")
