"""An MQTT connection of the simulator: address, credentials, reconnecting for ever.

Never: topics or payloads of the product.
"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import ConfigError

_PORT, _TLS_PORT = 1_883, 8_883
_KEEPALIVE_S = 30
_RECONNECT_S = (1, 5)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who we are there."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse mqtt[s]://[user:password@]host[:port].

        Raises: ConfigError: another scheme, or no host.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise ConfigError("TRAPWATCH_MQTT__URL: mqtt[s]://[user:password@]host[:port] expected")
        tls = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            parts.port or (_TLS_PORT if tls else _PORT),
            tls,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )

    def client(self, client_id: str) -> mqtt.Client:
        """Return a client for this broker that is not connected yet."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        client.max_queued_messages_set(0)  # no bound: a gateway buffers while the broker is away
        client.max_inflight_messages_set(200)
        client.reconnect_delay_set(*_RECONNECT_S)
        if self.username is not None:
            client.username_pw_set(self.username, self.password)
        if self.tls:
            client.tls_set()
        return client

    def connect(self, client: mqtt.Client) -> None:
        """Let a client connect in the background, again and again until it is disconnected."""
        client.connect_async(self.host, self.port, _KEEPALIVE_S)
        client.loop_start()
