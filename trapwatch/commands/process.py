"""What every long-running command does first: settings, logs, and a clean way to stop."""

import os
import signal
import sys
from threading import Event, Thread
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


def load_settings_beside() -> Settings:
    """Return the settings of a command that may run beside `trapwatch up`.

    Addresses that the environment leaves open are those of the stack in the data directory.
    """
    from trapwatch.stack.keys import present_keys
    from trapwatch.stack.paths import within_checkout
    from trapwatch.stack.running import Running

    settings = load_settings()
    data_dir = within_checkout(settings.stack.data_dir)
    running = Running.read(data_dir)
    if running is None:
        return settings
    beside = present_keys(settings, data_dir)
    if "url" not in settings.database.model_fields_set:
        beside["TRAPWATCH_DATABASE__URL"] = running.database
    if "url" not in settings.mqtt.model_fields_set:
        beside["TRAPWATCH_MQTT__URL"] = running.broker
        if running.broker_admin is not None and settings.mqtt.admin_url is None:
            beside["TRAPWATCH_MQTT__ADMIN_URL"] = running.broker_admin
    return Settings.from_env({**os.environ, **beside})


def refuse(message: str) -> NoReturn:
    """End the command because of how it was called or configured."""
    print(f"trapwatch: {message}", file=sys.stderr)
    raise SystemExit(EXIT_USAGE)


def stop_on_signals() -> Event:
    """Return an event that SIGTERM and SIGINT set; a second signal ends the process at once.

    The interpreter writes the signal's number into a pipe the moment it comes, and a thread of its
    own acts on it. A Python-level handler would have to wait for the main thread, could interrupt
    it inside the event's own lock, and was seen to be missed once in a hundred stops.
    """
    stop = Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    outlive_signals()

    def watch() -> None:
        os.read(reader, 1)
        stop.set()
        (number,) = os.read(reader, 1)
        os._exit(128 + number)

    Thread(target=watch, name="signals", daemon=True).start()
    return stop


def outlive_signals() -> None:
    """Let SIGTERM and SIGINT not end the process by themselves; somebody else acts on them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
