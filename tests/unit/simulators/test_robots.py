"""The vendors' rules; the signed requests were computed by hand (docs of DingTalk and Feishu)."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from simulators.robot_server import RobotServer
from simulators.robots import Robot

NOW_US = 1_700_000_000_000_000
MARKDOWN = {"msgtype": "markdown", "markdown": {"title": "t", "text": "疑似", "content": "疑似"}}
CARD = {
    "msg_type": "interactive",
    "card": {"header": {"template": "red"}, "elements": [{"tag": "div"}]},
}
BODIES = {"dingtalk": MARKDOWN, "wecom": MARKDOWN, "feishu": CARD}


def code(robot: Robot, body: Any = None, target: str | None = None, now_us: int = NOW_US) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body or BODIES[robot.vendor]).encode()
    answer = robot.answer(robot.target if target is None else target, raw, now_us)
    return int(answer.get("errcode", answer.get("code", -1)))


@pytest.mark.parametrize("vendor", BODIES)
def test_what_is_right_is_accepted_and_what_is_wrong_is_not(vendor: str) -> None:
    assert code(Robot(vendor)) == 0
    assert code(Robot(vendor), target="/elsewhere") != 0
    assert code(Robot(vendor), target=Robot(vendor, key="other").target) != 0
    assert code(Robot(vendor), b"nonsense") != 0
    assert code(Robot(vendor), b"[]") != 0
    assert code(Robot(vendor), {"msgtype": "voice"}) != 0


def test_dingtalk_wants_its_sign_in_the_url() -> None:
    robot = Robot("dingtalk", secret="SECtest")
    signed = (
        f"{robot.target}&timestamp=1700000000000"
        "&sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"
    )
    assert code(robot, target=signed) == 0
    assert code(robot) == 310000
    assert code(robot, target=signed.replace("1700000000000", "1700000000001")) == 310000
    assert code(robot, target=signed, now_us=NOW_US + 3_601_000_000) == 310000


def test_feishu_wants_its_sign_in_the_body() -> None:
    robot = Robot("feishu", secret="test")
    signed = CARD | {
        "timestamp": "1700000000",
        "sign": "eSJQnOl8XqPTMPHWz9e5IzeHS/tqoc68g2967ekIPmg=",
    }
    assert code(robot, signed) == 0
    assert code(robot, signed | {"timestamp": 1_700_000_000}) == 19021
    assert code(robot, signed | {"sign": "x"}) == 19021
    assert code(robot, signed, now_us=NOW_US + 3_601_000_000) == 19021


def test_the_twenty_first_in_a_minute_blocks_dingtalk_for_ten() -> None:
    robot = Robot("dingtalk")
    assert [code(robot, now_us=NOW_US + n) for n in range(21)] == [0] * 20 + [130101]
    assert code(robot, now_us=NOW_US + 599_000_000) == 130101
    assert code(robot, now_us=NOW_US + 601_000_000) == 0


def test_wecom_and_feishu_have_their_rates() -> None:
    wecom, feishu = Robot("wecom"), Robot("feishu")
    assert [code(wecom, now_us=NOW_US + n) for n in range(21)] == [0] * 20 + [45009]
    assert code(wecom, now_us=NOW_US + 61_000_000) == 0
    assert [code(feishu, now_us=NOW_US + n) for n in range(6)] == [0] * 5 + [9499]
    assert code(feishu, now_us=NOW_US + 1_100_000) == 0


def test_limits_keywords_and_mentions() -> None:
    long = {"msgtype": "markdown", "markdown": {"content": "油" * 1_366}}
    assert code(Robot("wecom"), long) == 40058
    assert code(Robot("feishu", keywords=("隔油",))) == 19024
    unnamed = MARKDOWN | {"at": {"atMobiles": ["138"]}}
    assert code(Robot("dingtalk"), unnamed) == 40035


def test_every_answer_is_http_200() -> None:
    with RobotServer(Robot("wecom", key="k")) as server:
        for body, accepted in ((b"nonsense", False), (json.dumps(MARKDOWN).encode(), True)):
            with urlopen(Request(server.url, body, method="POST"), timeout=5) as answer:
                assert answer.status == 200
            assert server.calls[-1].is_accepted is accepted
        server.reply = b"<html>"
        with urlopen(Request(server.url, b"{}", method="POST"), timeout=5) as answer:
            assert answer.read() == b"<html>"
        assert server.wait_for(lambda calls: len(calls) == 3, 5)
