"""Checks of a mosquitto.conf for what cannot be seen from outside. Pure."""

from collections.abc import Iterator

from core.settings import Settings
from trapwatch.doctor.finding import Finding, Verdict, judge

_AUTOSAVE_S_MAX = 60
_QUEUED_MIN = 100_000


def check(text: str | None, settings: Settings) -> Iterator[Finding]:
    """Yield one finding a check of a configuration's text; None: it is not at hand."""
    if text is None:
        yield Finding(
            "persistence", Verdict.UNKNOWN, "not visible in MQTT",
            "give --broker-config FILE; mosquitto.conf should say persistence true, "
            "autosave_interval 30",
        )  # fmt: skip
        return
    lines = (line.split(None, 1) for line in text.splitlines() if line.strip())
    said = {words[0]: words[1].strip() for words in lines if len(words) == 2}
    autosave_s = _number(said, "autosave_interval", 1_800)
    yield judge(
        "persistence",
        said.get("persistence") == "true" and 0 < autosave_s <= _AUTOSAVE_S_MAX,
        f"persistence {said.get('persistence', 'false')}, autosave_interval {autosave_s} s",
        "persistence true, autosave_interval 30: a crash of the broker loses what came since",
        Verdict.FAILURE,
    )  # fmt: skip
    queued = _number(said, "max_queued_messages", 1_000)
    yield judge(
        "configured queue", queued == 0 or queued >= _QUEUED_MIN, f"max_queued_messages {queued}",
        "max_queued_messages 1000000", Verdict.FAILURE,
    )  # fmt: skip
    window, most = _number(said, "max_inflight_messages", 20), settings.ingest.queue_count_max
    yield judge(
        "configured window", 0 < window <= most, f"max_inflight_messages {window}",
        f"max_inflight_messages at most {most} (TRAPWATCH_INGEST__QUEUE_COUNT_MAX)",
        Verdict.WARNING,
    )  # fmt: skip
    packet = _number(said, "max_packet_size", 268_435_455)
    yield judge(
        "largest packet", packet > settings.ingest.payload_bytes_max, f"max_packet_size {packet}",
        "larger than TRAPWATCH_INGEST__PAYLOAD_BYTES_MAX, so that oversized payloads are kept as "
        "rejected messages", Verdict.WARNING,
    )  # fmt: skip


def _number(said: dict[str, str], name: str, default: int) -> int:
    text = said.get(name, "")
    return int(text) if text.isdigit() else default
