import re

import pytest

from core.settings import Settings
from trapwatch.stack.broker import CONFIG, derive_config
from trapwatch.stack.errors import StackError

_TEXT = CONFIG.read_text("utf-8")


def _value(directive: str) -> int:
    found = re.findall(rf"^{directive} (\d+)", _TEXT, re.MULTILINE)
    assert len(found) == 1, directive
    return int(found[0])


def test_values_are_replaced_and_directives_dropped_where_they_stand() -> None:
    replaced = {"listener": "2000 127.0.0.1", "persistence_location": "/data/", "plugin": None}
    before, after = _TEXT.splitlines(), derive_config(_TEXT, replaced).splitlines()
    gone = [line for line in before if line not in after]
    assert gone == [
        "listener 1883",
        "plugin /usr/lib/mosquitto_dynamic_security.so",
        "persistence_location /mosquitto/data/",
    ]
    added = [line for line in after if line not in before]
    assert added == ["listener 2000 127.0.0.1", "persistence_location /data/"]


def test_nobody_is_anonymous_and_tls_is_ready_to_switch_on() -> None:
    assert re.search(r"^allow_anonymous false$", _TEXT, re.MULTILINE)
    switched_on = re.sub(r"^#(?=[a-z])", "", _TEXT, flags=re.MULTILINE)
    for directive in ("listener 8883", "cafile", "certfile", "keyfile", "tls_version"):
        assert re.search(rf"^{directive}", switched_on, re.MULTILINE), directive


@pytest.mark.parametrize("text", ["", "# listener 1\n", "listener 1\nlistener 2\n"])
def test_a_directive_must_occur_exactly_once(text: str) -> None:
    with pytest.raises(StackError, match="listener"):
        derive_config(text, {"listener": "1"})


def test_the_broker_stops_before_the_workers_queue_overflows() -> None:
    assert _value("max_inflight_messages") <= Settings().ingest.queue_count_max
    assert 2 * _value("max_inflight_bytes") < Settings().ingest.queue_bytes_max


def test_oversized_payloads_reach_the_worker() -> None:
    assert _value("max_packet_size") > Settings().ingest.payload_bytes_max + 65_536


def test_sessions_outlive_the_back_fill_limit() -> None:
    days = re.search(r"^persistent_client_expiration (\d+)d$", _TEXT, re.MULTILINE)
    assert days
    assert int(days[1]) > Settings().ingest.backfill_days_max


def test_every_directive_is_explained() -> None:
    paragraphs = [part for part in _TEXT.split("\n\n") if part.strip()]
    assert all(part.lstrip().startswith("#") for part in paragraphs)
