"""The MQTT side: takes deliveries from the broker, gives acknowledgements back.

Drives paho by its external loop (socket(), loop_read, loop_write, loop_misc) in a thread of its
own. Owns the connection, its epoch, and the bound on what is unacknowledged; decides nothing
about content. paho's QoS 2 with manual acknowledgement can lose messages, so we subscribe QoS 1.
"""

import selectors
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from core.backoff import Backoff
from core.broker_address import BrokerAddress
from core.clock import Clock
from core.errors import BrokerUnavailableError
from core.log import get_logger
from core.settings import MqttSettings
from core.wake_pipe import WakePipe
from ingest.buffered_socket import BufferedSocket
from ingest.delivery import Delivery
from ingest.ledger import Ledger
from ingest.mqtt_client import BufferedClient, end_session, make_client
from ingest.window import Window

_log = get_logger("ingest.subscriber")
_READ_BURST = 2_000
_POLL_S = 0.5
_COMMANDS_MAX = 1_000
#: Mosquitto drops silently when a subscriber's queue is full; this is where it says so.
_DROPPED_TOPIC = "$SYS/broker/publish/messages/dropped"


class Subscriber:
    """One persistent session (MQTT 3.1.1, clean_session off, QoS 1, manual acknowledgement).

    ``leaving`` takes the subscriptions back instead of renewing them: the broker then delivers
    only what it already holds for this session.

    Deliveries come out of ``queue``; each must come back through ``settle`` exactly once, in
    arrival order, after its outcome is committed. Reading stops while ``window`` is closed, so
    memory is bounded even if the broker's own limit is set too high.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        filters: Sequence[str],
        ledger: Ledger,
        clock: Clock,
        random_ratio: Callable[[], float],
        window: Window,
        leaving: bool = False,
    ) -> None:
        self._leaving = leaving
        self.queue: SimpleQueue[Delivery] = SimpleQueue()
        self.session = 0
        self._listening = Event()
        self._listening_since_us = 0
        self._address = BrokerAddress.parse(settings.url.get_secret_value(), settings.tls_ca_file)
        self._keepalive_s = settings.keepalive_s
        self._filters = filters
        self._ledger = ledger
        self._clock = clock
        self._backoff = Backoff(settings.reconnect_delay_s_max, random_ratio)
        self._window = window
        self._received = 0
        self._subscribe_id: int | None = None
        self._commands: deque[tuple[str, bytes]] = deque(maxlen=_COMMANDS_MAX)
        self._settled: deque[Sequence[Delivery]] = deque()
        self._stop = Event()
        self._wakes = WakePipe()
        self._thread = Thread(target=self._run, name="mqtt", daemon=True)
        self._client_id = settings.client_id
        self._client = self._make_client(settings.client_id)

    def start(self) -> None:
        """Connect in the background, for ever, until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """Send out the acknowledgements that are due, disconnect (keeping the session), end."""
        self._stop.set()
        self._wakes.wake()
        self._thread.join(timeout=10)
        self._wakes.close()

    def end_session(self) -> None:
        """Make the broker forget this session, after ``stop``.

        Raises: BrokerUnavailableError.
        """
        try:
            end_session(self._address, self._client_id)
        except OSError as error:
            raise BrokerUnavailableError(f"session {self._client_id} not ended: {error}") from error

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge deliveries whose outcome is committed; callable from another thread."""
        self._settled.append(deliveries)
        self._wakes.wake()

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 0 while connected; callable from another thread."""
        self._commands.append((topic, payload))
        self._wakes.wake()

    def is_listening(self) -> bool:
        """Whether the broker has confirmed our subscriptions, or their end, on this connection."""
        return self._listening.is_set()

    def wait_listening(self, timeout_s: float) -> bool:
        """Wait for that confirmation; False where it does not come in time."""
        return self._listening.wait(timeout_s)

    @property
    def listening_since_us(self) -> int | None:
        """Since when we have been listening without a break; None: not now."""
        return self._listening_since_us if self._listening.is_set() else None

    def _make_client(self, client_id: str) -> mqtt.Client:
        client = make_client(self._address, client_id, kind=BufferedClient)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        # With this callback set, ack() only queues; one loop_write then sends a whole batch.
        client.on_socket_register_write = lambda _client, _userdata, _socket: None
        return client

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._connect():
                self._serve()
                self._listening.clear()
            if not self._stop.is_set():
                self._stop.wait(self._backoff.next_delay_s())
        self._client.disconnect()
        self._client.loop_write()

    def _connect(self) -> bool:
        try:
            code = self._client.connect(self._address.host, self._address.port, self._keepalive_s)
        except OSError as error:
            if self._backoff.failures == 0:
                _log.warning(
                    "broker_unreachable",
                    host=self._address.host, port=self._address.port, error=str(error),
                )  # fmt: skip
            return False
        return code == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _serve(self) -> None:
        """Move bytes until the connection ends or we are told to stop."""
        client = self._client
        with selectors.DefaultSelector() as selector:
            opened = client.socket()
            if not isinstance(opened, BufferedSocket):
                return
            connection: BufferedSocket = opened
            selector.register(self._wakes, selectors.EVENT_READ)
            selector.register(connection, selectors.EVENT_READ)
            while client.socket() is opened:
                may_read = self._window.is_open
                wanted = selectors.EVENT_READ if may_read else 0
                if client.want_write() or connection.has_unsent:
                    wanted |= selectors.EVENT_WRITE
                buffered = may_read and connection.pending() > 0
                ready = _poll(selector, connection, wanted, 0.0 if buffered else _POLL_S)
                if buffered or ready & selectors.EVENT_READ:
                    self._read()
                self._acknowledge()
                while self._commands:
                    client.publish(*self._commands.popleft(), qos=0)
                client.loop_write()
                connection.flush()
                client.loop_misc()
                if self._stop.is_set() and not (client.want_write() or connection.has_unsent):
                    return

    def _read(self) -> None:
        """Take what the socket holds; loop_read takes one packet at a time."""
        for _ in range(_READ_BURST):
            before = self._received
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
            if self._received == before or not self._window.is_open:
                break

    def _acknowledge(self) -> None:
        settled = self._settled
        self._wakes.drain()
        while settled:
            deliveries = settled.popleft()
            self._window.give_back(deliveries)
            session, ack = self.session, self._client.ack
            for delivery in deliveries:
                if delivery.qos and delivery.session == session:
                    ack(delivery.packet_id, 1)

    def _on_connect(
        self, client: mqtt.Client, _userdata: Any, flags: mqtt.ConnectFlags,
        reason: ReasonCode, _properties: Properties | None,
    ) -> None:  # fmt: skip
        if reason.is_failure:
            _log.error("broker_refused", reason=str(reason))
            client.disconnect()
            return
        self.session += 1
        _log.info("broker_connected", session=self.session, resumed=flags.session_present)
        if self._leaving:
            client.unsubscribe(list(self._filters))
            return
        _, self._subscribe_id = client.subscribe([(name, 1) for name in self._filters])
        client.subscribe(_DROPPED_TOPIC, 0)

    def _on_subscribe(
        self, client: mqtt.Client, _userdata: Any, packet_id: int,
        reasons: list[ReasonCode], _properties: Properties | None,
    ) -> None:  # fmt: skip
        if packet_id != self._subscribe_id:
            return
        refused = [
            name for name, reason in zip(self._filters, reasons, strict=False) if reason.is_failure
        ]
        if refused:
            _log.error("subscription_refused", filters=refused)
            client.disconnect()
            return
        self._confirmed()

    def _on_unsubscribe(
        self, _client: mqtt.Client, _userdata: Any, _packet_id: int,
        _reasons: list[ReasonCode], _properties: Properties | None,
    ) -> None:  # fmt: skip
        self._confirmed()

    def _confirmed(self) -> None:
        self._backoff.reset()
        self._listening_since_us = self._clock.now_us()
        self._listening.set()

    def _on_disconnect(
        self, _client: mqtt.Client, _userdata: Any, _flags: mqtt.DisconnectFlags,
        reason: ReasonCode, _properties: Properties | None,
    ) -> None:  # fmt: skip
        self._listening.clear()
        if not self._stop.is_set():
            _log.warning("broker_disconnected", reason=str(reason))

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        if message.topic == _DROPPED_TOPIC:
            self._note_dropped(message.payload)
            return
        self._received += 1
        self._window.take(len(message.payload))
        self._ledger.count_received(1)
        self.queue.put(
            Delivery(
                message.topic, bytes(message.payload), message.mid, message.qos, message.retain,
                message.dup, self._clock.now_us(), self.session,
            )
        )  # fmt: skip

    def _note_dropped(self, payload: bytes | bytearray) -> None:
        with suppress(ValueError):  # another broker may say something else there
            dropped, before = int(payload), self._ledger.broker_dropped
            if before is not None and dropped > before:
                _log.error("broker_drops_messages", dropped=dropped - before, total=dropped)
            self._ledger.note_broker_dropped(dropped)


def _poll(
    selector: selectors.BaseSelector, connection: BufferedSocket, wanted: int, timeout_s: float
) -> int:
    """Wait for the wanted events (or a wake-up, or the timeout); return those of the socket."""
    known = connection in selector.get_map()
    if wanted and known:
        selector.modify(connection, wanted)
    elif wanted:
        selector.register(connection, wanted)
    elif known:
        selector.unregister(connection)
    ready = 0
    for key, events in selector.select(timeout_s):
        if key.fileobj is connection:
            ready = events
    return ready
