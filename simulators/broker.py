"""An MQTT connection of the simulator: address, credentials, reconnecting for ever.

Never: topics or payloads of the product.
"""

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.broker_address import BrokerAddress

_KEEPALIVE_S = 30
_RECONNECT_S = (1, 5)


class Broker(BrokerAddress):
    """Where the broker is and who we are there."""

    __slots__ = ()

    def client(self, client_id: str) -> mqtt.Client:
        """Return a client for this broker that is not connected yet."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        client.max_queued_messages_set(0)  # no bound: a gateway buffers while the broker is away
        client.max_inflight_messages_set(200)
        client.reconnect_delay_set(*_RECONNECT_S)
        if self.username is not None:
            client.username_pw_set(self.username, self.password)
        if self.tls:
            client.tls_set(ca_certs=None if self.tls_ca_file is None else str(self.tls_ca_file))
        return client

    def connect(self, client: mqtt.Client) -> None:
        """Let a client connect in the background, again and again until it is disconnected."""
        client.connect_async(self.host, self.port, _KEEPALIVE_S)
        client.loop_start()
