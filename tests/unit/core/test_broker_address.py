import pytest

from core.broker_address import BrokerAddress
from core.errors import ConfigError


def test_a_full_url_is_taken_apart() -> None:
    address = BrokerAddress.parse("mqtts://gate%40way:p%2Fw@broker.example:9000")
    assert (address.host, address.port, address.tls) == ("broker.example", 9000, True)
    assert (address.username, address.password) == ("gate@way", "p/w")


@pytest.mark.parametrize(("url", "port"), [("mqtt://h", 1883), ("mqtts://h", 8883)])
def test_the_scheme_says_the_port(url: str, port: int) -> None:
    assert BrokerAddress.parse(url).port == port


@pytest.mark.parametrize(
    "url", ["", "h:1883", "http://h", "mqtt://", "mqtt://h:x", "mqtt://h:70000"]
)
def test_anything_else_is_refused_by_the_settings_name(url: str) -> None:
    with pytest.raises(ConfigError, match="TRAPWATCH_MQTT__URL"):
        BrokerAddress.parse(url)
