"""`trapwatch decode`: what does this payload mean?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trapwatch.commands.process import load_settings, refuse

if TYPE_CHECKING:
    from ingest.topics import Route, Topics

_CAPTURE_AGE_DAYS_MAX = 3_650


def decode(
    file: Annotated[Path, typer.Argument(help="Payload; - for standard input.")],
    codec: Annotated[str | None, typer.Option(help="Codec name.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Topic; chooses the codec if none is given.")
    ] = None,
) -> None:
    """Print one JSON object a reading or presence; exit code 1 and why where nothing decodes."""
    from core.clock import SystemClock
    from core.errors import RejectedMessageError
    from core.instant import DAY_US, SECOND_US
    from ingest.codecs import CODECS
    from ingest.inspect_payload import ClockLimits, inspect
    from ingest.topics import Topics

    settings = load_settings().ingest
    # A file does not say when it was received: an old capture is no bad clock, 1970 is one.
    limits = ClockLimits(settings.clock_ahead_s_max * SECOND_US, _CAPTURE_AGE_DAYS_MAX * DAY_US)
    try:
        route = _route(Topics(settings.topics), codec, topic)
        if route.codec not in CODECS:
            refuse(f"--codec: one of {', '.join(CODECS)} expected, {route.codec or 'none'} given")
        payload = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        for reading in inspect(route, payload, SystemClock().now_us(), limits):
            line = json.dumps(reading, ensure_ascii=False).encode() + b"\n"
            sys.stdout.buffer.write(line)  # UTF-8 whatever the terminal's locale
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    except RejectedMessageError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _route(topics: "Topics", codec: str | None, topic: str | None) -> "Route":
    """Return the topic's route; a codec that is named wins over the one the topic leads to."""
    from core.errors import RejectedMessageError
    from ingest.topics import Route

    if topic is None:
        return Route(codec or "")
    try:
        route = topics.route(topic)
    except RejectedMessageError:
        if codec is None:
            raise
        return Route(codec, topic=topic)
    return route if codec is None else route._replace(codec=codec)
