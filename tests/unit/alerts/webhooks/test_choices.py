from typing import Any

import pytest

from alerts.webhooks.choices import check_fields, choose_secret
from alerts.webhooks.kinds import KINDS
from alerts.webhooks.model import EndpointFields
from alerts.webhooks.protection import shown_url
from core.errors import InvalidRequestError

URLS = {
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef",
    "wecom": "https://relay.county.example/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/c1d2e3f4",
}
NIGHT = {
    "zone": "Asia/Shanghai",
    "windows": [{"days": "mo-su", "from": "22:00", "to": "07:00"}],
}


def fields(kind: str, **changes: Any) -> EndpointFields:
    chosen: dict[str, Any] = {
        "url": URLS.get(kind, "https://example.org/hook"),
        "audience": KINDS[kind].audiences[0] if kind in KINDS else "machine",
        "kind": kind,
        **changes,
    }
    return EndpointFields(**chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_its_defaults(kind: str) -> None:
    check_fields(fields(kind))


@pytest.mark.parametrize(
    ("kind", "changes", "named"),
    [
        ("pigeon", {}, "kind is one of standard"),
        ("dingtalk", {"url": "https://oapi.dingtalk.com/robot/send"}, "access_token="),
        ("dingtalk", {"url": "https://x.example/?access_token="}, "access_token="),
        ("wecom", {"url": URLS["dingtalk"]}, "key="),
        ("feishu", {"url": "https://open.feishu.cn/open-apis/bot/v2/hook/"}, "/hook/"),
        ("feishu", {"url": "https://open.feishu.cn/"}, "/hook/"),
        ("dingtalk", {"audience": "machine"}, "audience of kind dingtalk is people"),
        ("alertmanager", {"audience": "people"}, "audience of kind alertmanager is machine"),
        ("alertmanager", {"event_types": ("ticket.created",)}, "no form for ticket.created"),
        ("alertmanager", {"event_types": ("alert.grouped",)}, "no form for alert.grouped"),
        ("standard", {"quiet_hours": NIGHT}, "a machine hears at once"),
        ("cloudevents", {"quiet_hours": NIGHT}, "a machine hears at once"),
        ("alertmanager", {"quiet_hours": NIGHT}, "a machine hears at once"),
        ("wecom", {"quiet_hours": NIGHT | {"windows": []}}, "1 to 14 windows"),
        ("standard", {"mention_user_ids": ("li",)}, "cannot call people by mention_user_ids"),
        ("feishu", {"mention_mobiles": ("138",)}, "cannot call people by mention_mobiles"),
        ("wecom", {"mention_mobiles": ("138",)}, "cannot call people by mention_mobiles"),
        ("wecom", {"language": "fr"}, "language is one of zh-CN, en"),
        ("standard", {"event_types": ("alert.nonsense",)}, "alert.nonsense"),
        ("standard", {"severity_min": "purple"}, "severity_min"),
    ],
)
def test_what_does_not_go_together(kind: str, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        check_fields(fields(kind, **changes))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("standard", {"audience": "people", "quiet_hours": NIGHT}),
        ("dingtalk", {"quiet_hours": NIGHT, "mention_mobiles": ("138",), "language": "en"}),
        ("alertmanager", {"event_types": ("alert.fired", "alert.resolved")}),
        ("feishu", {"mention_user_ids": ("ou_1",)}),
    ],
)
def test_what_goes_together(kind: str, changes: dict[str, Any]) -> None:
    check_fields(fields(kind, **changes))


def test_a_robot_s_address_is_shown_by_host_and_last_characters_alone() -> None:
    assert shown_url(URLS["dingtalk"], "dingtalk") == "https://oapi.dingtalk.com/***cdef"
    assert shown_url(URLS["feishu"], "feishu") == "https://open.feishu.cn/***e3f4"
    assert shown_url("https://example.org:8443/hook", "standard") == "https://example.org:8443/…"
    for kind, url in URLS.items():
        assert url not in repr(fields(kind))


def test_a_robot_s_sign_key_is_its_vendor_s() -> None:
    assert choose_secret("dingtalk", "SECabc", bytes(32)) == "SECabc"
    assert choose_secret("dingtalk", "", bytes(32)) == ""
    assert choose_secret("standard", None, bytes(32)).startswith("whsec_")
    with pytest.raises(InvalidRequestError, match="vendor"):
        choose_secret("dingtalk", None, bytes(32))


@pytest.mark.parametrize(
    ("kind", "secret", "is_accepted"),
    [
        ("dingtalk", "SECabc", True),
        ("dingtalk", "", True),
        ("feishu", "line\nbreak", False),
        ("feishu", "钥", False),
        ("dingtalk", "x" * 201, False),
        ("wecom", "", True),
        ("wecom", "SECabc", False),
        ("cloudevents", "SECabc", False),
    ],
)
def test_secrets_are_of_their_kind(kind: str, secret: str, is_accepted: bool) -> None:
    try:
        KINDS[kind].check_secret(secret)
    except ValueError as error:
        assert not is_accepted
        assert not secret or secret not in str(error)
    else:
        assert is_accepted
