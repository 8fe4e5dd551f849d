"""What protects endpoints: the keys that seal their secrets, and the guard of where they may be."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace

import httpx

from alerts.webhooks.deep_links import DeepLinks
from alerts.webhooks.guard import AddressGuard
from alerts.webhooks.kinds import KINDS
from alerts.webhooks.kinds.address import names, redacted
from alerts.webhooks.model import ClaimedDelivery
from alerts.webhooks.network import Resolve, resolve
from alerts.webhooks.sealing.keyring import Keyring, keys_of
from alerts.webhooks.transport import check_url
from core.errors import ConfigError, ConflictError, InvalidRequestError
from core.settings import Settings, WebhookSettings

#: How long a person waits for us to look a name up; the attempts look again.
_LOOK_UP_S = 3.0
#: A robot's parameter (or no sign key: '') that is shorter is in any text, and no secret.
_SECRET_CHARS_MIN = 6
_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Protection:
    """Keys (None: there are none, so no endpoint can be added), guard, and the look-up of names."""

    keyring: Keyring | None
    guard: AddressGuard
    resolve: Resolve = resolve

    def check_target(self, url: str) -> None:
        """Accept a URL whose host may be sent to, as far as that can be seen now.

        A name that cannot be looked up passes if it is https: every attempt looks again.

        Raises: InvalidRequestError: not a usable URL, or a place that is not allowed.
        """
        check_url(url)
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii")
        addresses = self._look_up(host, parsed.port or _DEFAULT_PORT[parsed.scheme])
        is_encrypted = parsed.scheme == "https"
        problem = self.guard.refusal(host, addresses, is_encrypted=is_encrypted)
        if problem is None and not (addresses or is_encrypted or self.guard.is_named(host)):
            problem = f"{host}: has no address, so http to it cannot be allowed"
        if problem is not None:
            raise InvalidRequestError(problem)

    def required_keyring(self) -> Keyring:
        """Return the keys.

        Raises: ConflictError: there are none.
        """
        if self.keyring is None:
            raise ConflictError(
                "there is no key to keep webhook secrets with: set TRAPWATCH_WEBHOOKS__SECRET_KEY "
                "(`openssl rand -base64 32`) for api, alerts and migrate"
            )
        return self.keyring

    def opened(self, delivery: ClaimedDelivery) -> ClaimedDelivery:
        """Return a delivery with its URL and secrets in plain text.

        Raises: UnsealableError: a value cannot be opened.
        """
        if self.keyring is None:  # nothing can be sealed; `doctor` and the log say so
            return delivery
        number = delivery.endpoint_id
        return replace(
            delivery,
            url=self.keyring.open(delivery.url, url_of(number)),
            secrets=[self.keyring.open(secret, secret_of(number)) for secret in delivery.secrets],
        )

    def _look_up(self, host: str, port: int) -> list[str]:
        looking = ThreadPoolExecutor(1, "webhook-look-up")
        try:
            return looking.submit(self.resolve, host, port).result(_LOOK_UP_S)
        except (OSError, UnicodeError, FutureTimeoutError):
            return []
        finally:
            looking.shutdown(wait=False)


def protection_of(
    settings: WebhookSettings, random_bytes: Callable[[int], bytes] = os.urandom
) -> Protection:
    """Return what the settings ask for.

    Raises: ConfigError: a key or an entry of the allow list is malformed.
    """
    try:
        guard = AddressGuard.parse(settings.allow_private)
    except ValueError as error:
        raise ConfigError(f"TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE: {error}") from None
    if settings.secret_key is None:
        return Protection(None, guard)
    try:
        keyring = Keyring.parse(settings.secret_key.get_secret_value(), random_bytes)
    except ValueError as error:
        raise ConfigError(f"TRAPWATCH_WEBHOOKS__SECRET_KEY: {error}") from None
    return Protection(keyring, guard)


def deep_links_of(settings: Settings) -> DeepLinks | None:
    """Return what makes and reads links; None: there is no key, or they are switched off.

    Raises: ValueError: a key is malformed; protection_of has said so before.
    """
    secret_key = settings.webhooks.secret_key
    if secret_key is None or settings.pages.deep_link_s == 0:
        return None
    return DeepLinks(keys_of(secret_key.get_secret_value()), settings.pages.deep_link_s)


def url_of(endpoint_id: int) -> str:
    """Return what a sealed URL is bound to."""
    return f"webhook_endpoint:{endpoint_id}:url"


def secret_of(endpoint_id: int) -> str:
    """Return what a sealed signing secret is bound to."""
    return f"webhook_endpoint:{endpoint_id}:secret"


def shown_url(url: str, kind: str) -> str:
    """Return what may be shown of a URL: scheme, host, port; of a robot its last characters."""
    if KINDS[kind].is_robot:
        return redacted(url)
    parsed = httpx.URL(url)
    origin = f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
    return origin if parsed.raw_path in {b"", b"/"} else f"{origin}/…"


def without_secrets(text: str, delivery: ClaimedDelivery) -> str:
    """Return ``text`` (of a receiver, of an error) without the opened delivery's secrets."""
    target = httpx.URL(delivery.url).raw_path.decode("ascii")
    keys = names(delivery.url) if KINDS[delivery.kind].is_robot else ()
    secrets = [s for s in (*delivery.secrets, *keys) if len(s) >= _SECRET_CHARS_MIN]
    for secret in (delivery.url, *([target] if len(target) > 1 else []), *secrets):
        text = text.replace(secret, "[secret]")
    return text
