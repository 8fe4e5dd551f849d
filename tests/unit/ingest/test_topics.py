import pytest

from core.errors import ConfigError, DecodeError, RejectedMessageError
from core.settings import IngestSettings
from ingest.codecs import CODECS, gateway_status
from ingest.codecs.decoded import Party, Presence
from ingest.topics import Route, Topics

TOPICS = Topics(IngestSettings().topics)


@pytest.mark.parametrize(
    ("topic", "route"),
    [
        ("trapwatch/v1/gw-1/up", Route("native", "gw-1")),
        ("trapwatch/v1/24E124136B502217/up", Route("native", "24e124136b502217")),
        ("trapwatch/v1/gw-1/status", Route("gateway-status", "gw-1")),
        (
            "application/a/device/24E124136B502217/event/up",
            Route("chirpstack", None, "24e124136b502217"),
        ),
        ("application/a/device/d/event/status", Route("chirpstack", None, "d")),
        ("application/a/device/d/event/join", Route("chirpstack", None, "d")),
        ("trapwatch/v1/gw-1/up/cbor", Route("native-cbor", "gw-1")),
        ("trapwatch/v1/gw-1/up/senml", Route("senml", "gw-1")),
        ("trapwatch/v1/gw-1/up/senml-cbor", Route("senml-cbor", "gw-1")),
        ("v1/gateway/telemetry", Route("thingsboard-gateway")),
        ("v1/gateway/connect", Route("thingsboard-gateway")),
        ("v1/gateway/disconnect", Route("thingsboard-gateway")),
        ("v1/devices/trap-7/telemetry", Route("thingsboard-device", None, "trap-7")),
        ("v3/traps@jiashan/devices/trap-7/up", Route("tts", None, "trap-7")),
    ],
)
def test_a_topic_has_one_route(topic: str, route: Route) -> None:
    assert TOPICS.route(topic) == route._replace(topic=topic)


@pytest.mark.parametrize(
    "topic", ["", "/", "trapwatch/v1//up", "trapwatch/v2/g/up", "trapwatch/v1/g/up/x/y", "a\0/b"]
)
def test_any_other_topic_is_rejected_with_its_name(topic: str) -> None:
    with pytest.raises(RejectedMessageError, match="unknown_topic"):
        TOPICS.route(topic)


def test_readings_are_shared_over_replicas_and_statuses_reach_them_all() -> None:
    filters = TOPICS.subscriptions("ingest")
    assert "$share/ingest/trapwatch/v1/+/up" in filters
    assert "trapwatch/v1/+/status" in filters
    assert "$share/ingest/application/+/device/+/event/up" in filters
    assert "$share" not in "".join(TOPICS.subscriptions(""))


def test_every_codec_has_a_topic_by_default() -> None:
    assert TOPICS.codecs == set(CODECS)


def test_topics_are_configuration_and_the_first_that_fits_decides() -> None:
    topics = Topics(["plant/{gateway}/x=native", "plant/+/+=senml"])
    assert topics.route("plant/gw/x") == Route("native", "gw", topic="plant/gw/x")
    assert topics.route("plant/gw/y").codec == "senml"


@pytest.mark.parametrize("text", ["a/b", "a/b=", "a//b=native", "a/#=native", "=native"])
def test_a_family_that_cannot_be_read_refuses_to_start(text: str) -> None:
    with pytest.raises(ConfigError, match="topics"):
        Topics([text])


STATUS = Route("gateway-status", "gw-1")


@pytest.mark.parametrize(
    ("payload", "online"), [(b'{"online":true}', True), (b'{"online": false, "at": 1}', False)]
)
def test_a_status_is_one_boolean(payload: bytes, online: bool) -> None:
    said = gateway_status.decode(payload, 0, STATUS)
    assert said == ((), (Presence(Party.GATEWAY, "gw-1", online),))


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"true", b'{"online":1}', b'{"online":"yes"}', b"\xff"]
)
def test_any_other_status_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError, match="online"):
        gateway_status.decode(payload, 0, STATUS)
