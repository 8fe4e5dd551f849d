"""Chat robots of DingTalk, WeCom and Feishu, as their vendors run them.

Written from the vendors' documentation, not from our sender, so it tests that: the address must
name a robot, the sign must fit, nobody may call too often, and every answer is HTTP 200 with a code
in its body. Owns: the rules of the vendors. Never: HTTP, anything of the sender. Pure.
"""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

_SKEW_S = 3_600
_SECOND_US = 1_000_000

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in any stretch of time; then calls are refused for ``blocked_s``."""

    count_max: int
    within_s: float
    blocked_s: float = 0.0


@dataclass
class Robot:
    """One robot of a group: its vendor, its key in the URL, and its sign key if it has one."""

    vendor: str
    key: str = "robot-key"
    secret: str | None = None
    keywords: tuple[str, ...] = ()
    _calls_us: deque[int] = field(default_factory=deque)
    _blocked_until_us: int = 0

    @property
    def target(self) -> str:
        """Path and query of its address."""
        return {
            "dingtalk": f"/robot/send?access_token={self.key}",
            "wecom": f"/cgi-bin/webhook/send?key={self.key}",
            "feishu": f"/open-apis/bot/v2/hook/{self.key}",
        }[self.vendor]

    def answer(self, target: str, body: bytes, now_us: int) -> Answer:
        """Return what the vendor answers to one request (with HTTP 200 in any case)."""
        vendor = VENDORS[self.vendor]
        if self._is_too_often(vendor.rates, now_us):
            return vendor.too_often
        try:
            document = json.loads(body)
        except ValueError:
            return vendor.unreadable
        if not isinstance(document, dict):
            return vendor.unreadable
        problem = vendor.check(self, urlsplit(target), document, now_us)
        if problem is not None:
            return problem
        text = json.dumps(document, ensure_ascii=False)
        if self.keywords and not any(word in text for word in self.keywords):
            return vendor.no_keyword
        return vendor.ok

    def _is_too_often(self, rates: tuple[Rate, ...], now_us: int) -> bool:
        if now_us < self._blocked_until_us:
            return True
        self._calls_us.append(now_us)
        longest_us = max(rate.within_s for rate in rates) * _SECOND_US
        while self._calls_us[0] <= now_us - longest_us:
            self._calls_us.popleft()
        for rate in rates:
            begin_us = now_us - rate.within_s * _SECOND_US
            if sum(at_us > begin_us for at_us in self._calls_us) > rate.count_max:
                self._blocked_until_us = now_us + round(rate.blocked_s * _SECOND_US)
                return True
        return False


@dataclass(frozen=True)
class _Vendor:
    rates: tuple[Rate, ...]
    check: Callable[[Robot, Any, dict[str, Any], int], Answer | None]
    ok: Answer
    too_often: Answer
    unreadable: Answer
    no_keyword: Answer


def _check_dingtalk(robot: Robot, url: Any, document: dict[str, Any], now_us: int) -> Answer | None:
    query = parse_qs(url.query)
    if url.path != "/robot/send" or query.get("access_token") != [robot.key]:
        return {"errcode": 300001, "errmsg": "token is not exist"}
    problem = _dingtalk_sign_problem(robot, query, now_us)
    if problem is not None:
        return {"errcode": 310000, "errmsg": problem}
    kind = document.get("msgtype")
    content = document.get(kind) if isinstance(kind, str) else None
    wanted = {"markdown": {"title", "text"}, "actionCard": {"title", "text"}}.get(str(kind))
    if wanted is None or not isinstance(content, dict) or not wanted <= content.keys():
        return {"errcode": 40035, "errmsg": "缺少参数 json"}
    if len(json.dumps(document, ensure_ascii=False).encode()) > 20_000:
        return {"errcode": 460101, "errmsg": "message too long"}
    mobiles = document.get("at", {}).get("atMobiles", [])
    if any(f"@{mobile}" not in content["text"] for mobile in mobiles):
        return {"errcode": 40035, "errmsg": "atMobiles are not in the text"}
    return None


def _dingtalk_sign_problem(robot: Robot, query: dict[str, list[str]], now_us: int) -> str | None:
    if robot.secret is None:
        return None
    timestamp, sign = (query.get(name, [""])[0] for name in ("timestamp", "sign"))
    if not timestamp.isdecimal() or abs(now_us / 1_000 - int(timestamp)) > _SKEW_S * 1_000:
        return "invalid timestamp"
    text = f"{timestamp}\n{robot.secret}".encode()
    return None if sign == _hmac(robot.secret.encode(), text) else "sign not match"


def _check_wecom(robot: Robot, url: Any, document: dict[str, Any], _now_us: int) -> Answer | None:
    if url.path != "/cgi-bin/webhook/send" or parse_qs(url.query).get("key") != [robot.key]:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    if document.get("msgtype") != "markdown":
        return {"errcode": 40008, "errmsg": "invalid message type"}
    content = document.get("markdown", {}).get("content")
    if not isinstance(content, str) or not content:
        return {"errcode": 44004, "errmsg": "empty content"}
    if len(content.encode()) > 4_096:
        return {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
    return None


def _check_feishu(robot: Robot, url: Any, document: dict[str, Any], now_us: int) -> Answer | None:
    if url.path != f"/open-apis/bot/v2/hook/{robot.key}":
        return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
    if not _is_feishu_sign(robot, document, now_us):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    card = document.get("card")
    if document.get("msg_type") != "interactive" or not isinstance(card, dict):
        return {"code": 9499, "msg": "Bad Request", "data": {}}
    is_whole = card.get("elements") and card["header"]["template"] in _FEISHU_TEMPLATES
    if not is_whole or len(json.dumps(document, ensure_ascii=False).encode()) > 20 * 1_024:
        return {"code": 9499, "msg": "Bad Request", "data": {}}
    return None


def _is_feishu_sign(robot: Robot, document: dict[str, Any], now_us: int) -> bool:
    if robot.secret is None:
        return True
    timestamp = document.get("timestamp")
    if not isinstance(timestamp, str) or not timestamp.isdecimal():
        return False
    key = f"{timestamp}\n{robot.secret}".encode()
    is_timely = abs(now_us / _SECOND_US - int(timestamp)) <= _SKEW_S
    return is_timely and document.get("sign") == _hmac(key, b"")


_FEISHU_TEMPLATES = {
    "blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet",
    "purple", "indigo", "grey", "default",
}  # fmt: skip

VENDORS = {
    "dingtalk": _Vendor(
        rates=(Rate(20, 60, blocked_s=600),),
        check=_check_dingtalk,
        ok={"errcode": 0, "errmsg": "ok"},
        too_often={"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
        unreadable={"errcode": 40035, "errmsg": "缺少参数 json"},
        no_keyword={"errcode": 310000, "errmsg": "keywords not in content"},
    ),
    "wecom": _Vendor(
        rates=(Rate(20, 60),),
        check=_check_wecom,
        ok={"errcode": 0, "errmsg": "ok"},
        too_often={"errcode": 45009, "errmsg": "api freq out of limit"},
        unreadable={"errcode": 40035, "errmsg": "invalid json"},
        no_keyword={"errcode": 0, "errmsg": "ok"},  # WeCom has no keywords
    ),
    "feishu": _Vendor(
        rates=(Rate(5, 1), Rate(100, 60)),
        check=_check_feishu,
        ok={"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"},
        too_often={"code": 9499, "msg": "too many request", "data": {}},
        unreadable={"code": 9499, "msg": "Bad Request", "data": {}},
        no_keyword={"code": 19024, "msg": "Key Words Not Found"},
    ),
}


def _hmac(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode("ascii")
