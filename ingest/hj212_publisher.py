"""Frames of the HJ 212 listener into the broker: QoS 1, done when the broker has them."""

import asyncio

from paho.mqtt.enums import MQTTErrorCode

from core.broker_address import BrokerAddress
from ingest.mqtt_client import make_client

_KEEPALIVE_S = 30


class FramePublisher:
    """Publishes to one topic over one connection; a frame that cannot go at once is refused.

    Nothing waits here while the broker is away: the station, which hears no answer, sends again.
    """

    def __init__(
        self, address: BrokerAddress, client_id: str, topic: str, *, answer_s_max: float
    ) -> None:
        self._topic = topic
        self._answer_s_max = answer_s_max
        self._client = make_client(address, client_id, clean_session=True)
        self._client.max_inflight_messages_set(1_000)
        self._client.reconnect_delay_set(1, 10)
        self._client.connect_async(address.host, address.port, _KEEPALIVE_S)
        self._client.loop_start()

    async def publish(self, frame: bytes) -> bool:
        """Publish one frame; True once the broker has acknowledged it, False if it did not."""
        if not self._client.is_connected():
            return False
        sent = self._client.publish(self._topic, frame, qos=1)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        try:
            await asyncio.to_thread(sent.wait_for_publish, self._answer_s_max)
        except RuntimeError:  # paho's word for a connection that is gone
            return False
        return sent.is_published()

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()
