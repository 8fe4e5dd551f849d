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


def test_only_listener_and_store_differ_in_the_embedded_broker() -> None:
    replaced = {"listener": "2000 127.0.0.1", "persistence_location": "/data/"}
    before, after = _TEXT.splitlines(), derive_config(_TEXT, replaced).splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["listener 2000 127.0.0.1", "persistence_location /data/"]


@pytest.mark.parametrize("text", ["", "# listener 1\n", "listener 1\nlistener 2\n"])
def test_a_directive_must_occur_exactly_once(text: str) -> None:
    with pytest.raises(StackError, match="listener"):
        derive_config(text, {"listener": "1"})


def test_the_broker_stops_before_the_workers_queue_overflows() -> None:
    assert _value("max_inflight_messages") <= Settings().ingest.queue_count_max


def test_oversized_payloads_reach_the_worker() -> None:
    assert _value("max_packet_size") > Settings().ingest.payload_bytes_max + 65_536


def test_sessions_outlive_the_back_fill_limit() -> None:
    days = re.search(r"^persistent_client_expiration (\d+)d$", _TEXT, re.MULTILINE)
    assert days
    assert int(days[1]) > Settings().ingest.backfill_days_max


def test_every_directive_is_explained() -> None:
    paragraphs = [part for part in _TEXT.split("\n\n") if part.strip()]
    assert all(part.lstrip().startswith("#") for part in paragraphs)
