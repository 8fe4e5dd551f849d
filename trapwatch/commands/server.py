"""An HTTP server as a process of the product: its socket, its address, its end."""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from core.errors import ConfigError
from core.log import get_logger

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_BACKLOG = 2_048
#: Longest time that requests under way may take once the process was told to stop.
_GRACEFUL_S = 10


def listen_on(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises: ConfigError: the address is taken or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error}") from None
    # Connections inherit it. asyncio sets it too, but only on sockets made with the protocol's
    # number; without it every answer waits 40 ms for the caller to acknowledge its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server(uvicorn.Server):
    """uvicorn that first ends what would keep its connections open, such as live streams."""

    def __init__(self, config: uvicorn.Config, before_shutdown: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end streams, finish requests under way."""
        self._before_shutdown()
        await super().shutdown(sockets)


def serve(app: "ASGIApp", host: str, port: int, before_shutdown: Callable[[], None]) -> None:
    """Serve ``app`` until SIGTERM or SIGINT; the address is logged.

    Raises: ConfigError: the address is taken or may not be used.
    """
    with listen_on(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        get_logger("api").info("listening", address=address)
        config = uvicorn.Config(
            app,
            log_config=None,  # our own log says what matters
            access_log=False,  # /metrics counts requests
            timeout_graceful_shutdown=_GRACEFUL_S,
            server_header=False,
        )
        Server(config, before_shutdown).run([listener])
