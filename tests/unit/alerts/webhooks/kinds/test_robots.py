"""What DingTalk, WeCom and Feishu are sent, against their documentation."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.webhooks.deep_links import DeepLink, DeepLinks
from alerts.webhooks.event_types import EVENT_TYPES
from alerts.webhooks.grouping.digest import digest, merged
from alerts.webhooks.kinds import KINDS, ROBOTS, dingtalk, feishu, wecom
from alerts.webhooks.kinds.address import with_query
from alerts.webhooks.kinds.vocabulary import VOCABULARIES
from core.instant import SECOND_US, from_us
from tests.unit.alerts.webhooks.kinds.messages import BLOCKAGE, NOW_US, message, posting

PUBLIC = "https://traps.example"
NOW = from_us(NOW_US)


def sent(kind: str, body: bytes | None = None, secret: str = "", **fields: Any) -> Any:
    return json.loads(KINDS[kind].render(posting(body, secrets=(secret,), **fields)).body)


def text_of(kind: str, document: Any) -> str:
    """All that a reader sees."""
    return json.dumps(document, ensure_ascii=False)


def test_dingtalk_s_sign_vector_stands_in_the_url() -> None:
    request = KINDS["dingtalk"].render(
        posting(secrets=("SECtest",), timestamp_us=1_700_000_000_000_000)
    )
    url = with_query("https://oapi.dingtalk.com/robot/send?access_token=abc", request.query)
    assert url == (
        "https://oapi.dingtalk.com/robot/send?access_token=abc&timestamp=1700000000000"
        "&sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"
    )
    assert KINDS["dingtalk"].render(posting(secrets=("",))).query == ()


def test_feishu_s_sign_vector_stands_in_the_body() -> None:
    document = sent("feishu", secret="test", timestamp_us=1_700_000_000 * SECOND_US)
    assert document["timestamp"] == "1700000000"
    assert document["sign"] == "eSJQnOl8XqPTMPHWz9e5IzeHS/tqoc68g2967ekIPmg="
    assert not {"timestamp", "sign"} & sent("feishu").keys()


def test_wecom_signs_nothing_and_no_robot_gets_our_headers() -> None:
    for kind in ROBOTS:
        request = KINDS[kind].render(posting(secrets=("",)))
        assert [name for name, _ in request.headers] == ["content-type"]


def test_dingtalk_calls_people_in_text_and_list() -> None:
    document = sent("dingtalk", mention_mobiles=("13800000001",), mention_user_ids=("u1",))
    assert document["msgtype"] == "markdown"
    assert document["markdown"]["title"] == "【橙色】新预警 · 疑似堵塞 · 王家小馆"
    assert document["markdown"]["text"].endswith("@13800000001 @u1")
    assert document["at"] == {
        "atMobiles": ["13800000001"], "atUserIds": ["u1"], "isAtAll": False,
    }  # fmt: skip


def test_dingtalk_sends_a_card_where_there_is_a_link_and_nobody_to_call() -> None:
    document = sent("dingtalk", public_url=PUBLIC)
    assert document["msgtype"] == "actionCard"
    card = document["actionCard"]
    assert (card["singleTitle"], card["singleURL"]) == ("查看详情", f"{PUBLIC}/api/v1/alerts/17")
    called = sent("dingtalk", public_url=PUBLIC, mention_user_ids=("u1",))
    assert f"[查看详情]({PUBLIC}/api/v1/alerts/17)" in called["markdown"]["text"]


def test_links_lead_to_a_page_that_needs_no_login_where_that_is_on() -> None:
    links = DeepLinks([b"k" * 32], 172_800)
    document = sent("dingtalk", public_url=PUBLIC, deep_links=links)
    begin, token = document["actionCard"]["singleURL"].split("/d/")
    ends_s = NOW_US // 1_000_000 + 172_800
    assert (begin, links.read(token)) == (PUBLIC, DeepLink("alert", 17, ends_s))


@pytest.mark.parametrize(
    ("severity", "event_type", "colour"),
    [
        ("red", "alert.fired", "warning"),
        ("orange", "alert.fired", "warning"),
        ("yellow", "alert.fired", "comment"),
        ("blue", "alert.fired", "comment"),
        ("red", "alert.resolved", "info"),
    ],
)
def test_wecom_has_three_colours(severity: str, event_type: str, colour: str) -> None:
    content = sent("wecom", message(event_type, severity=severity))["markdown"]["content"]
    assert content.startswith(f'**<font color="{colour}">【')


def test_wecom_calls_people_by_user_id() -> None:
    content = sent("wecom", mention_user_ids=("li", "wang"))["markdown"]["content"]
    assert content.endswith("<@li><@wang>")


def test_feishu_sends_a_card_in_the_colour_of_the_severity_with_a_button() -> None:
    card = sent("feishu", public_url=PUBLIC, mention_user_ids=("ou_1",))["card"]
    assert card["header"]["template"] == "orange"
    assert card["header"]["title"]["content"] == "【橙色】新预警 · 疑似堵塞 · 王家小馆"
    text, action = card["elements"]
    assert text["text"]["tag"] == "lark_md"
    assert text["text"]["content"].endswith("<at id=ou_1></at>")
    assert action["actions"][0]["url"] == f"{PUBLIC}/api/v1/alerts/17"
    assert sent("feishu", message("alert.resolved"))["card"]["header"]["template"] == "green"
    assert len(sent("feishu")["card"]["elements"]) == 1


@pytest.mark.parametrize("kind", ROBOTS)
def test_times_are_local_with_their_offset_and_it_is_a_lead(kind: str) -> None:
    text = text_of(kind, sent(kind))
    assert "2026-01-05 08:10:00+08:00" in text
    assert "疑似线索，以现场核查为准。" in text
    assert "812 mm" in text


@pytest.mark.parametrize("kind", ROBOTS)
def test_english_by_the_endpoint_s_language(kind: str) -> None:
    text = text_of(kind, sent(kind, language="en", public_url=PUBLIC))
    assert "[orange] new alert · Blockage suspected" in text
    assert "A suspected lead, to be checked on site." in text
    assert "疑似" not in text


@pytest.mark.parametrize(
    ("body", "is_called"),
    [
        (message(severity="blue"), False),
        (message(severity="yellow"), False),
        (message(severity="orange"), True),
        (message("alert.escalated", severity="red"), True),
        (message("alert.resolved", severity="red"), False),
        (message("evidence.checkpoint", {"origin": "county"}), False),
        (message("webhook.test", {"endpoint_id": 3, "seq": 1}), True),
    ],
)
@pytest.mark.parametrize("kind", ROBOTS)
def test_people_are_called_for_what_cannot_wait(kind: str, body: bytes, is_called: bool) -> None:
    text = text_of(kind, sent(kind, body, mention_user_ids=("u-1",)))
    assert ("u-1" in text) is is_called


@pytest.mark.parametrize("kind", ROBOTS)
def test_names_from_the_register_are_no_markup(kind: str) -> None:
    site = BLOCKAGE["site"] | {
        "name": '<font color="info">[免费](http://x)\n@all</font>',
        "address": "<at id=all></at> **x** `y`",
    }
    text = text_of(kind, sent(kind, message(site=site)))
    assert "@all" not in text
    assert "](http" not in text
    assert "<at id=all" not in text
    assert "＜font color=" in text


@pytest.mark.parametrize("language", VOCABULARIES)
def test_every_event_type_has_words(language: str) -> None:
    words = VOCABULARIES[language]
    assert words.events.keys() == EVENT_TYPES.keys()
    assert words.labels.keys() == VOCABULARIES["en"].labels.keys()
    assert words.problems.keys() == VOCABULARIES["en"].problems.keys()
    assert list(words.severities) == ["blue", "yellow", "orange", "red"]


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_ticket_is_told_with_its_problem_and_state(kind: str) -> None:
    data = {
        "ticket_id": 9, "seq": 2, "state": "dispatched", "problem": "overflow", "severity": "red",
        "trap_id": 5, "restaurant_id": 5, "owner_unit": "魏塘综合执法队", "sensor_cleared": False,
        "detail": {}, "url": "/api/v1/tickets/9",
    }  # fmt: skip
    text = text_of(kind, sent(kind, message("ticket.dispatched", data)))
    assert "【红色】工单派遣 · 疑似满溢" in text
    assert "已派遣" in text
    assert "魏塘综合执法队" in text


@pytest.mark.parametrize("kind", ROBOTS)
def test_an_endpoint_that_was_disabled_is_told_with_the_reason(kind: str) -> None:
    data = {
        "endpoint_id": 3, "seq": 1, "severity": "orange", "endpoint": "https://county.example/…",
        "description": "县指挥中心", "reason": "failing", "failing_since": "2026-01-01T00:00:00Z",
        "url": "/api/v1/webhooks/3",
    }  # fmt: skip
    text = text_of(kind, sent(kind, message("webhook.endpoint_disabled", data)))
    assert "【橙色】推送地址停用" in text
    for told in ("https://county.example/…", "县指挥中心", "多日推送失败", "2026-01-01 08:00:00"):
        assert told in text


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_digest_names_its_subjects_one_by_one(kind: str) -> None:
    bodies = [message(episode_id=n, trap=f"T{n}") for n in range(1, 38)]
    text = text_of(kind, sent(kind, digest(bodies, 1, NOW).body))
    assert "多条预警 · 疑似堵塞 · 魏塘街道" in text
    assert "1. 【橙色】新预警 · 王家小馆 · T1" in text
    assert "另有 17 条" in text
    test = message("webhook.test", {"endpoint_id": 3, "seq": 1, "requested_by": "li"})
    mixed = merged([message(), digest(bodies, 1, NOW).body, test], 2, NOW)
    text = text_of(kind, sent(kind, mixed.body))
    assert "消息汇总" in text
    assert "2. 【橙色】多条预警 · 疑似堵塞 · 魏塘街道 · 数量 37" in text
    assert "3. 测试消息" in text


LONG = st.text(st.sampled_from('油a"\\😀<é'), max_size=3_000)


@given(name=LONG, wording=LONG, count=st.integers(1, 40))
def test_whatever_is_told_stays_within_the_limits(name: str, wording: str, count: int) -> None:
    site = BLOCKAGE["site"] | {"name": name, "address": name}
    bodies = [message(episode_id=n, site=site, wording=wording) for n in range(count)]
    body = bodies[0] if count == 1 else merged(bodies, 1, NOW).body
    who = {"mention_user_ids": tuple(f"{n:064}" for n in range(20))}
    for kind, module in (("dingtalk", dingtalk), ("feishu", feishu)):
        request = KINDS[kind].render(posting(body, secrets=("k",), public_url=PUBLIC, **who))
        assert len(request.body) <= module.BODY_BYTES_MAX
    content = sent("wecom", body, public_url=PUBLIC, **who)["markdown"]["content"]
    assert len(content.encode()) <= wecom.TEXT_BYTES_MAX
    assert content.count("<font") == content.count("</font>")
    assert content.endswith(">")  # those who are called are never cut off
