"""The county's gateways as MQTT clients, one each, and the network server of the LoRa units.

Owns: connections, Wills, retained status, waiting for acknowledgements. Never: what is measured.
"""

import time
from collections.abc import Iterable, Mapping
from threading import Condition
from typing import Any, Self

import paho.mqtt.client as mqtt

from core.log import get_logger
from simulators import encoders
from simulators.broker import Broker
from simulators.messages import Uplink

_log = get_logger("simulators.publisher")
_NETWORK_SERVER = "network-server"


class Link:
    """One client: a gateway with its status, or (status_topic None) the network server.

    What is published while the broker is away waits in memory and goes out afterwards.
    """

    def __init__(self, broker: Broker, client_id: str, status_topic: str | None) -> None:
        self._broker = broker
        self._status_topic = status_topic
        self._changed = Condition()
        self._unacked: set[int] = set()
        self._early: set[int] = set()
        self._connected = False
        self._client = broker.client(client_id)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        if status_topic is not None:
            self._client.will_set(status_topic, encoders.status(False), qos=1, retain=True)

    @property
    def unacked_count(self) -> int:
        """Messages that the broker has not acknowledged yet."""
        with self._changed:
            return len(self._unacked)

    def start(self) -> None:
        """Connect in the background."""
        self._broker.connect(self._client)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a message over, QoS 1."""
        message_id = self._client.publish(topic, payload, qos=1, retain=retain).mid
        with self._changed:
            if message_id in self._early:
                self._early.discard(message_id)
            else:
                self._unacked.add(message_id)

    def wait_connected(self, deadline_s: float) -> bool:
        """Wait until connected, or until ``deadline_s`` on time.monotonic."""
        with self._changed:
            return self._changed.wait_for(lambda: self._connected, _left(deadline_s))

    def say_offline(self) -> None:
        """Publish the offline status, if there is a connection to publish it on."""
        with self._changed:
            connected = self._connected
        if connected and self._status_topic is not None:
            self.publish(self._status_topic, encoders.status(False), retain=True)

    def close(self, deadline_s: float) -> int:
        """Wait for acknowledgements until ``deadline_s``, disconnect; return how many miss."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._unacked or not self._connected, _left(deadline_s)
            )
            missing = len(self._unacked)
        self._client.disconnect()
        self._client.loop_stop()
        return missing

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            _log.warning("broker refuses", reason=str(reason))
            return
        if self._status_topic is not None:
            self.publish(self._status_topic, encoders.status(True), retain=True)
        with self._changed:
            self._connected = True
            self._changed.notify_all()

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, _reason: Any, _properties: Any
    ) -> None:
        with self._changed:
            self._connected = False
            self._changed.notify_all()

    def _on_publish(
        self, _client: mqtt.Client, _data: Any, message_id: int, _reason: Any, _properties: Any
    ) -> None:
        with self._changed:
            if message_id in self._unacked:
                self._unacked.discard(message_id)
            else:  # acknowledged before publish() has told us its number
                self._early.add(message_id)
            self._changed.notify_all()


class Publisher:
    """All links of a county; a context manager that says goodbye properly."""

    def __init__(self, broker: Broker, gateway_uids: Iterable[str], client_prefix: str) -> None:
        self._links: Mapping[str | None, Link] = {
            **{
                uid: Link(broker, f"{client_prefix}-{uid}", encoders.status_topic(uid))
                for uid in gateway_uids
            },
            None: Link(broker, f"{client_prefix}-{_NETWORK_SERVER}", None),
        }

    def __enter__(self) -> Self:
        for link in self._links.values():
            link.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close(5.0)

    @property
    def unacked_count(self) -> int:
        """Messages that the broker has not acknowledged yet, over all links."""
        return sum(link.unacked_count for link in self._links.values())

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until every link is connected; return whether it came true in time."""
        deadline_s = time.monotonic() + timeout_s
        return all(link.wait_connected(deadline_s) for link in self._links.values())

    def publish(self, uplink: Uplink) -> None:
        """Publish through the message's gateway; waits in memory while that is disconnected."""
        self._links[uplink.gateway_uid].publish(uplink.topic, uplink.payload)

    def close(self, timeout_s: float) -> None:
        """Say offline, wait for acknowledgements at most ``timeout_s``, disconnect."""
        deadline_s = time.monotonic() + timeout_s
        for link in self._links.values():
            link.say_offline()
        missing = sum(link.close(deadline_s) for link in self._links.values())
        if missing:
            _log.warning("left without acknowledgement", messages=missing)


def _left(deadline_s: float) -> float:
    return max(deadline_s - time.monotonic(), 0.0)
