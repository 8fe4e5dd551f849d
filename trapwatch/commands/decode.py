"""`trapwatch decode`: what does this payload mean?"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from trapwatch.commands.process import load_settings, refuse

_CAPTURE_AGE_DAYS_MAX = 3_650


def decode(
    file: Annotated[Path, typer.Argument(help="Payload; - for standard input.")],
    codec: Annotated[str | None, typer.Option(help="Codec name.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Topic; chooses the codec if none is given.")
    ] = None,
) -> None:
    """Print one JSON object a reading; exit code 1 and the reason where nothing decodes."""
    from core.clock import SystemClock
    from core.errors import RejectedMessageError
    from core.instant import DAY_US, SECOND_US
    from ingest import topics
    from ingest.codecs import CODECS
    from ingest.inspect_payload import ClockLimits, inspect

    ahead_s_max = load_settings().ingest.clock_ahead_s_max
    # A file does not say when it was received: an old capture is no bad clock, 1970 is one.
    limits = ClockLimits(ahead_s_max * SECOND_US, _CAPTURE_AGE_DAYS_MAX * DAY_US)
    try:
        if codec is None and topic is not None:
            codec = topics.parse(topic).codec
        if codec not in CODECS:
            refuse(f"--codec: one of {', '.join(CODECS)} expected, {codec or 'none'} given")
        payload = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        for reading in inspect(codec, payload, SystemClock().now_us(), limits):
            line = json.dumps(reading, ensure_ascii=False).encode() + b"\n"
            sys.stdout.buffer.write(line)  # UTF-8 whatever the terminal's locale
    except OSError as error:
        refuse(f"cannot read {file}: {error.strerror}")
    except RejectedMessageError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
