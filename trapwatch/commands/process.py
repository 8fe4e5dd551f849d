"""What every long-running command does first: settings, logs, and a clean way to stop."""

import os
import signal
import sys
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from core.errors import ConfigError
from core.log import configure_logging, get_logger
from core.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

EXIT_USAGE = 2
#: Longest time that requests under way may take once the process was told to stop.
_GRACEFUL_S = 10


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


def serve(app: "ASGIApp", host: str, port: int, *, before_shutdown: Callable[[], None]) -> None:
    """Serve ``app`` until SIGTERM or SIGINT; port 0 takes a free one. The address is logged.

    ``before_shutdown`` ends what would otherwise keep its connection open, such as live streams.

    Raises: ConfigError: the address is taken or may not be used.
    """
    import socket

    import uvicorn

    class _Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            before_shutdown()
            await super().shutdown(sockets)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error}") from None
    shown = f"[{host}]" if family is socket.AF_INET6 else host
    with listener:
        taken_port = listener.getsockname()[1]
        get_logger("api").info("listening", address=f"http://{shown}:{taken_port}/")
        config = uvicorn.Config(
            app,
            log_config=None,  # our own log says what matters
            access_log=False,  # /metrics counts requests
            timeout_graceful_shutdown=_GRACEFUL_S,
            server_header=False,
        )
        _Server(config).run([listener])
