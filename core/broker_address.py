"""Where the MQTT broker is, as the setting says it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from core.errors import ConfigError

_PORT, _TLS_PORT = 1_883, 8_883


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """An MQTT URL, taken apart."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None
    #: PEM file of the authorities to trust; None: the system's. Only with TLS.
    tls_ca_file: Path | None = None

    @classmethod
    def parse(cls, url: str, tls_ca_file: Path | None = None) -> Self:
        """Parse mqtt[s]://[user:password@]host[:port].

        Raises: ConfigError: another scheme, no host, or a port that is none.
        """
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise ConfigError(f"TRAPWATCH_MQTT__URL: {error}") from None
        if parts.scheme not in {"mqtt", "mqtts"} or not host:
            raise ConfigError("TRAPWATCH_MQTT__URL: mqtt[s]://[user:password@]host[:port] expected")
        tls = parts.scheme == "mqtts"
        return cls(
            host,
            port or (_TLS_PORT if tls else _PORT),
            tls,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls_ca_file,
        )
