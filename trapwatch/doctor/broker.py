"""Checks of the broker by what it does: settings that matter are not visible in MQTT."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from core.broker_address import BrokerAddress
from core.errors import BrokerUnavailableError
from core.settings import Settings
from ingest.mqtt_client import end_session
from trapwatch.doctor.finding import Finding, Verdict, judge
from trapwatch.mqtt_probe import probe

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_IN_FLIGHT_MIN = 2_000
#: Beyond Mosquitto's default of 1,000 by a good margin.
_OFFLINE_COUNT = 3_000
_DROPPED = "$SYS/broker/publish/messages/dropped"
_VERSION = "$SYS/broker/version"
#: Mosquitto before this mistreats max_queued_messages 0 (#2879) and more.
_VERSION_MIN = (2, 0, 17)


def check(address: BrokerAddress, settings: Settings, token: str) -> Iterator[Finding]:
    """Yield one finding a check; ``token`` makes topics and client ids this run's own."""
    client_id = f"trapwatch-doctor-{token}"
    try:
        with probe(address, client_id) as first:
            first.subscribe(_VERSION, 0)
            first.subscribe(_DROPPED, 0)
            first.wait_received(2)
            told = dict(first.received)
    except BrokerUnavailableError as error:
        yield Finding(
            "broker", Verdict.FAILURE, str(error),
            "start it, or set TRAPWATCH_MQTT__URL (with user and password)",
        )  # fmt: skip
        return
    yield Finding("broker", Verdict.OK, f"reached at {address.host}:{address.port}")
    yield from _check_told(told, settings)
    yield _check_anonymous(address, client_id)
    try:
        yield from _check_session(address, settings, client_id, f"trapwatch/doctor/{token}")
    except BrokerUnavailableError as error:
        yield Finding("session", Verdict.FAILURE, str(error), "see the broker's log")
    finally:
        with suppress(OSError):  # it went away meanwhile, as a finding says
            end_session(address, client_id)


def _check_told(told: dict[str, bytes], settings: Settings) -> Iterator[Finding]:
    version_text = told.get(_VERSION, b"").decode("utf-8", "replace")
    digits = version_text.removeprefix("mosquitto version ").split(".")
    if not version_text.startswith("mosquitto") or not all(part.isdigit() for part in digits):
        yield Finding(
            "broker version", Verdict.UNKNOWN, version_text or "$SYS says nothing",
            "let this account read $SYS/#",
        )  # fmt: skip
        return
    version = tuple(int(part) for part in digits)
    yield judge(
        "broker version", version >= _VERSION_MIN, version_text,
        "upgrade to 2.0.21 or later: queue limits misbehave before 2.0.17", Verdict.WARNING,
    )  # fmt: skip
    if settings.mqtt.share_group:
        yield Finding(
            "shared subscription", Verdict.WARNING,
            f"group {settings.mqtt.share_group}: Mosquitto forgets shared subscriptions when it "
            "restarts; what comes before a worker is back is lost",
            "with one worker leave TRAPWATCH_MQTT__SHARE_GROUP empty",
        )  # fmt: skip
    dropped = told.get(_DROPPED, b"")
    if dropped.isdigit():
        yield judge(
            "dropped by the broker", int(dropped) == 0,
            f"{int(dropped)} messages since it started",
            "a subscriber's queue was full: find the absent or slow one, raise "
            "max_queued_messages", Verdict.FAILURE,
        )  # fmt: skip


def _check_anonymous(address: BrokerAddress, client_id: str) -> Finding:
    try:
        with probe(replace(address, username=None, password=None), f"{client_id}-anonymous"):
            allowed = True
    except BrokerUnavailableError:
        allowed = False
    return judge(
        "anonymous access", not allowed, "accepted" if allowed else "refused",
        "allow_anonymous false in mosquitto.conf, credentials by `trapwatch gateway add`",
        Verdict.WARNING if address.host in _LOOPBACK else Verdict.FAILURE,
    )  # fmt: skip


def _check_session(
    address: BrokerAddress, settings: Settings, client_id: str, topic: str
) -> Iterator[Finding]:
    """Leave messages unacknowledged, go away, come back, and count."""
    window = settings.ingest.queue_count_max
    flood = window + 500
    with probe(address, f"{client_id}-sender") as sender:
        with probe(address, client_id, persistent=True, acknowledges=False) as holder:
            holder.subscribe(topic)
            published = sender.publish(topic, flood)
            granted = holder.wait_received(flood)
        if published < flood or granted == 0:
            yield Finding(
                "in-flight window", Verdict.UNKNOWN,
                f"{published} of {flood} messages accepted, {granted} came back",
                f"let this account write and read {topic.rsplit('/', 1)[0]}/#",
            )  # fmt: skip
            return
        yield _in_flight(granted, window)
        published += sender.publish(topic, _OFFLINE_COUNT)
    with probe(address, client_id, persistent=True) as back:
        kept = back.session_present
        returned = back.wait_received(published)
    yield judge(
        "session kept on reconnect", kept, "session present" if kept else "a new session",
        "persistent sessions are off or expire at once: see persistent_client_expiration",
        Verdict.FAILURE,
    )  # fmt: skip
    yield judge(
        "queue limit", returned >= published, f"{returned} of {published} kept while away",
        "max_queued_messages 1000000 and max_queued_bytes in mosquitto.conf: above them Mosquitto "
        "drops silently", Verdict.FAILURE,
    )  # fmt: skip


def _in_flight(granted: int, window: int) -> Finding:
    if granted > window:
        return Finding(
            "in-flight window", Verdict.WARNING,
            f"more than {window} messages unacknowledged: the worker stops reading first",
            "max_inflight_messages in mosquitto.conf at most TRAPWATCH_INGEST__QUEUE_COUNT_MAX",
        )  # fmt: skip
    return judge(
        "in-flight window", granted >= min(_IN_FLIGHT_MIN, window),
        f"{granted} messages unacknowledged at once",
        "max_inflight_messages 20000 in mosquitto.conf: a worker that acknowledges after COMMIT "
        "gets no more than window / commit time", Verdict.FAILURE,
    )  # fmt: skip
