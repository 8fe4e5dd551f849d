"""An MQTT session that shows what the broker really does and answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition
from time import monotonic
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.reasoncodes import ReasonCode

from core.broker_address import BrokerAddress
from core.errors import BrokerUnavailableError
from ingest.mqtt_client import make_client

_PATIENCE_S = 10.0
_QUIET_S = 1.5


class Probe:
    """One connection: what it was told at CONNACK, and what it received."""

    def __init__(self, client: mqtt.Client, *, acknowledges: bool) -> None:
        self._client = client
        self._acknowledges = acknowledges
        self._changed = Condition()
        self._reason: ReasonCode | None = None
        self._subscribed = False
        self._unacked: list[int] = []
        self.session_present = False
        self.received: list[tuple[str, bytes]] = []
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message

    def connect(self, address: BrokerAddress) -> None:
        """Connect and wait for the CONNACK.

        Raises: BrokerUnavailableError: not reached, or refused; the message says which.
        """
        try:
            self._client.connect(address.host, address.port, keepalive=30)
        except OSError as error:
            raise BrokerUnavailableError(f"{address.host}:{address.port}: {error}") from error
        self._client.loop_start()
        self._wait(lambda: self._reason is not None)
        if self._reason is None or self._reason.is_failure:
            raise BrokerUnavailableError(f"refused: {self._reason or 'no answer'}")

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        """Subscribe and wait until the broker has answered."""
        self._subscribed = False
        self._client.subscribe(topic_filter, qos)
        self._wait(lambda: self._subscribed)

    def publish(self, topic: str, count: int) -> int:
        """Publish so many small messages (QoS 1); return how many were acknowledged in time.

        Raises: BrokerUnavailableError: the connection is lost.
        """
        return self._publish(topic, [b"%d" % number for number in range(count)])

    def publish_one(self, topic: str, payload: bytes) -> None:
        """Publish one message (QoS 1) and wait for its acknowledgement, for a while.

        Raises: BrokerUnavailableError: the connection is lost.
        """
        self._publish(topic, [payload])

    def wait_received(self, count: int) -> int:
        """Wait until so many messages have come, or none for a while; return how many have."""
        while True:
            before = len(self.received)
            grown = self._wait(lambda known=before: len(self.received) > known, _QUIET_S)
            if not grown or len(self.received) >= count:
                return len(self.received)

    def acknowledge_all(self) -> None:
        """Acknowledge what was received so far."""
        with self._changed:
            unacked, self._unacked = self._unacked, []
        for packet_id in unacked:
            self._client.ack(packet_id, 1)

    def close(self) -> None:
        """Disconnect, keeping the session if it is a persistent one."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, topic: str, payloads: Sequence[bytes]) -> int:
        sent = [self._client.publish(topic, payload, qos=1) for payload in payloads]
        end_s = monotonic() + _PATIENCE_S
        try:
            for message in sent:
                message.wait_for_publish(max(0.0, end_s - monotonic()))
        except RuntimeError as error:  # paho's word for a connection that is gone
            raise BrokerUnavailableError(str(error)) from error
        return sum(message.is_published() for message in sent)

    def _wait(self, condition: Any, patience_s: float = _PATIENCE_S) -> bool:
        with self._changed:
            return bool(self._changed.wait_for(condition, patience_s))

    def _on_connect(
        self, _client: mqtt.Client, _userdata: Any, flags: mqtt.ConnectFlags, reason: ReasonCode,
        _properties: Any,
    ) -> None:  # fmt: skip
        with self._changed:
            self._reason, self.session_present = reason, flags.session_present
            self._changed.notify_all()

    def _on_subscribe(self, *_: object) -> None:
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()

    def _on_message(self, client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.received.append((message.topic, bytes(message.payload)))
            if not self._acknowledges:
                self._unacked.append(message.mid)
            self._changed.notify_all()
        if self._acknowledges and message.qos:
            client.ack(message.mid, 1)


@contextmanager
def probe(
    address: BrokerAddress, client_id: str, *, persistent: bool = False, acknowledges: bool = True
) -> Iterator[Probe]:
    """Yield a connected probe.

    Raises: BrokerUnavailableError.
    """
    client = make_client(address, client_id, clean_session=not persistent)
    client.max_inflight_messages_set(1_000)
    opened = Probe(client, acknowledges=acknowledges)
    try:
        opened.connect(address)
        yield opened
    finally:
        opened.close()
