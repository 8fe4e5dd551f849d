"""Faults on request, over the broker: one request topic, one answer topic a request.

Owns: both ends of that conversation. Never: what a fault does (simulators.fleet).
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Annotated, Any

import msgspec
import paho.mqtt.client as mqtt

from core.errors import BrokerUnavailableError
from core.log import get_logger
from simulators.broker import Broker
from simulators.vocabulary import Fault

REQUEST_TOPIC = "trapwatch-sim/v1/inject"

_log = get_logger("simulators.control")


class Request(msgspec.Struct, frozen=True):
    """Put a fault into a trap, or (``clear``) take it out."""

    id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{1,64}$")]  # becomes part of a topic
    fault: Fault
    trap: str
    fill_s: float = 30.0
    clear: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What became of a request; ``detail`` is for people."""

    ok: bool
    detail: str


_decode_request = msgspec.json.Decoder(Request).decode
_decode_answer = msgspec.json.Decoder(Answer).decode


def answer_topic(request_id: str) -> str:
    """Return where a request is answered."""
    return f"{REQUEST_TOPIC}/{request_id}"


class Control:
    """The simulator's end: requests come out of ``requests``, ``wake`` is called for each."""

    def __init__(self, broker: Broker, client_id: str, wake: Callable[[], None]) -> None:
        self._broker = broker
        self._wake = wake
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._client = broker.client(client_id)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connect in the background."""
        self._broker.connect(self._client)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def take(self) -> Request | None:
        """Return the next request, or None."""
        try:
            return self._requests.get_nowait()
        except Empty:
            return None

    def reply(self, request: Request, answer: Answer) -> None:
        """Answer a request."""
        self._client.publish(answer_topic(request.id), msgspec.json.encode(answer), qos=1)

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, _reason: Any, _properties: Any
    ) -> None:
        client.subscribe(REQUEST_TOPIC, qos=1)

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            request = _decode_request(message.payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("request not understood", error=str(error))
            return
        self._requests.put(request)
        self._wake()


def ask(broker: Broker, client_id: str, request: Request, timeout_s: float) -> Answer | None:
    """Send a request to the simulator on this broker; None: nobody answered in time.

    Raises: BrokerUnavailableError: the broker cannot be reached.
    """
    answers: SimpleQueue[Answer] = SimpleQueue()
    client = broker.client(client_id)

    def on_connect(connected: mqtt.Client, *_: Any) -> None:
        connected.subscribe(answer_topic(request.id), qos=1)

    def on_subscribe(subscribed: mqtt.Client, *_: Any) -> None:
        subscribed.publish(REQUEST_TOPIC, msgspec.json.encode(request), qos=1)

    def on_message(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        answers.put(_decode_answer(message.payload))

    client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
    try:
        client.connect(broker.host, broker.port, keepalive=30)
    except OSError as error:
        raise BrokerUnavailableError(f"{broker.host}:{broker.port}: {error}") from None
    client.loop_start()
    try:
        return answers.get(timeout=timeout_s)
    except Empty:
        return None
    finally:
        client.disconnect()
        client.loop_stop()
