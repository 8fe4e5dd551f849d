"""A subscriber with a persistent session that keeps everything it gets."""

from collections.abc import Callable
from threading import Condition, Event
from uuid import uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 30.0


class Collector:
    """Subscribed and ready once constructed; survives restarts of the broker."""

    def __init__(self, port: int, topic_filter: str) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._ready = Event()
        self._changed = Condition()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"collector-{uuid4().hex}", clean_session=False
        )
        self._client.reconnect_delay_set(min_delay=1, max_delay=1)
        self._client.on_connect = lambda client, *_: client.subscribe(topic_filter, qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(10)

    @property
    def payloads(self) -> list[bytes]:
        """The payloads, in order of arrival."""
        return [payload for _, payload in self.messages]

    @property
    def latest(self) -> dict[str, bytes]:
        """The last payload of each topic."""
        return dict(self.messages)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Wait until ``condition()`` holds, looking after every message."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.messages.append((message.topic, message.payload))
            self._changed.notify_all()
