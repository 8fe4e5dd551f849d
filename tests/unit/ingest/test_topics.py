import pytest

from core.errors import DecodeError, RejectedMessageError
from ingest import topics
from ingest.topics import Route


@pytest.mark.parametrize(
    ("topic", "route"),
    [
        ("trapwatch/v1/gw-1/up", Route("native", "gw-1")),
        ("trapwatch/v1/24E124136B502217/up", Route("native", "24e124136b502217")),
        ("trapwatch/v1/gw-1/status", Route(None, "gw-1")),
        ("application/a/device/24e124136b502217/event/up", Route("chirpstack", None)),
    ],
)
def test_a_topic_has_one_route(topic: str, route: Route) -> None:
    assert topics.parse(topic) == route


@pytest.mark.parametrize(
    "topic", ["", "/", "trapwatch/v1//up", "trapwatch/v2/g/up", "trapwatch/v1/g/up/x", "a\0/b"]
)
def test_any_other_topic_is_rejected_with_its_name(topic: str) -> None:
    with pytest.raises(RejectedMessageError, match="unknown_topic"):
        topics.parse(topic)


def test_readings_are_shared_over_replicas_and_statuses_reach_them_all() -> None:
    assert topics.subscriptions("ingest") == [
        "$share/ingest/trapwatch/v1/+/up",
        "trapwatch/v1/+/status",
        "$share/ingest/application/+/device/+/event/up",
    ]
    assert "$share" not in "".join(topics.subscriptions(""))


@pytest.mark.parametrize(
    ("payload", "online"), [(b'{"online":true}', True), (b'{"online": false, "at": 1}', False)]
)
def test_a_status_is_one_boolean(payload: bytes, online: bool) -> None:
    assert topics.parse_status(payload) is online


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"true", b'{"online":1}', b'{"online":"yes"}', b"\xff"]
)
def test_any_other_status_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError, match="online"):
        topics.parse_status(payload)
