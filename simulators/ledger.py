"""What was sent and what was acknowledged, as JSON lines, to be compared with what was stored.

A line is ``{"sent": index, "topic": …, "payload": …}`` or ``{"acked": index}``; payloads that are
not UTF-8 stand as ``"payload_base64"``.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.load import Message, Payload


@dataclass(slots=True)
class LedgerContent:
    """A ledger read back: (topic, payload) by index, and the acknowledged indices."""

    sent: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    acked: set[int] = field(default_factory=set)


class Ledger:
    """Writes a ledger file; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def recorded(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Pass messages on and note each when its bytes are made, i.e. when it is sent."""
        for index, (topic, payload) in enumerate(messages):
            yield topic, self._noting(index, topic, payload)

    def acked(self, index: int) -> None:
        """Note that the broker has acknowledged a message; the file has all up to here."""
        self._file.write(f'{{"acked": {index}}}\n')

    def flush(self) -> None:
        """Hand what is noted to the operating system, so that another process can read it."""
        self._file.flush()

    def _noting(self, index: int, topic: bytes, payload: Payload) -> Payload:
        def note() -> bytes:
            made = payload if isinstance(payload, bytes) else payload()
            line: dict[str, object] = {"sent": index, "topic": topic.decode()}
            try:
                line["payload"] = made.decode()
            except UnicodeDecodeError:
                line["payload_base64"] = base64.b64encode(made).decode("ascii")
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            return made

        return note


def read_ledger(path: Path) -> LedgerContent:
    """Read a ledger back; a last line cut off by a kill is left out.

    Raises: ValueError: a line that is not a ledger's.
    """
    content = LedgerContent()
    text = path.read_text("utf-8")
    # Payloads may hold other line separators (U+2028 …); only a newline ends an entry.
    for line in text.split("\n")[:-1]:
        entry = json.loads(line)
        if "acked" in entry:
            content.acked.add(entry["acked"])
        elif "payload" in entry:
            content.sent[entry["sent"]] = (entry["topic"], entry["payload"].encode())
        elif "payload_base64" in entry:
            made = base64.b64decode(entry["payload_base64"])
            content.sent[entry["sent"]] = (entry["topic"], made)
        else:
            raise ValueError(f"not a ledger's line: {line[:200]!r}")
    return content
