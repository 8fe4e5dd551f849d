"""What every long-running command does first: settings, logs, and a clean way to stop."""

import os
import signal
import sys
from threading import Event, Thread
from types import FrameType
from typing import NoReturn

from core.errors import ConfigError
from core.log import configure_logging
from core.settings import Settings

EXIT_USAGE = 2


def load_settings() -> Settings:
    """Return the environment's settings; a bad one ends the command with exit code 2."""
    try:
        settings = Settings.from_env(os.environ)
    except ConfigError as error:
        refuse(str(error))
    configure_logging(settings.log.level, json=settings.log.format == "json")
    return settings


def refuse(message: str) -> NoReturn:
    """End the command because of how it was called or configured."""
    print(f"trapwatch: {message}", file=sys.stderr)
    raise SystemExit(EXIT_USAGE)


def stop_on_signals() -> Event:
    """Return an event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop = Event()

    def _stop(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        # The handler may run inside stop.wait(), which holds the lock that set() takes.
        Thread(target=stop.set).start()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    return stop
