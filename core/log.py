"""One line of log per event, JSON for machines or short text for people."""

import logging
import sys
from typing import TextIO, cast

import structlog

Logger = structlog.stdlib.BoundLogger


def configure_logging(level: str, *, json: bool) -> None:
    """Send structured logs to stderr; ``level`` is a name such as ``info``."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError:
    """Standard error as it is at the moment of writing: a logger outlives whatever replaced it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def get_logger(component: str) -> Logger:
    """Return a logger whose lines carry the component's name."""
    return cast("Logger", structlog.get_logger(component=component))
