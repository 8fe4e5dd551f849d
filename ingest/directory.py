"""The worker's copy of the register, kept current by NOTIFY, and the registration of newcomers."""

from collections.abc import Callable, Iterable
from datetime import datetime

from core.db import Connection, listen, notifications, translated_errors
from core.instant import HOUR_US, from_us
from core.registry.model import DeviceEntry, Registry
from core.registry.store import select_devices
from ingest import store
from ingest.quota import Quota

CHANNEL = "registry"


class Directory:
    """Devices and gateways by uid; ``version`` grows whenever rules must be compiled again.

    ``on_device`` is told every device that changed after the last full load.
    """

    def __init__(
        self, unclaimed_per_gateway_max: int, on_device: Callable[[DeviceEntry], None]
    ) -> None:
        self._newcomers = Quota(unclaimed_per_gateway_max, HOUR_US)
        self._on_device = on_device
        self._gateways: dict[str, int] = {}
        self.registry = Registry()
        self.version = 0

    def load(self, connection: Connection) -> None:
        """Listen for changes, then read everything; on a fresh connection."""
        listen(connection, CHANNEL)
        self._reload(connection)

    def refresh(self, connection: Connection) -> None:
        """Take over what was committed since the last look; one round trip when nothing was.

        The round trip makes the server hand over notifications it has not sent yet.
        """
        with translated_errors():
            connection.execute("SELECT")
        payloads = set(notifications(connection, timeout_s=0))
        if not payloads:
            return
        if "*" in payloads:
            self._reload(connection)
            return
        if "rules" in payloads:
            payloads.discard("rules")
            self.version += 1
        self._put(connection, [int(payload) for payload in payloads])

    def gateway_id(self, uid: str) -> int | None:
        """Return the number of a gateway seen before."""
        return self._gateways.get(uid)

    def register_gateways(self, connection: Connection, uids: Iterable[str], now_us: int) -> None:
        """Learn the numbers of gateways, creating the unknown ones."""
        unknown = sorted({uid for uid in uids if uid not in self._gateways})
        if unknown:
            with translated_errors(), connection.transaction():
                found = store.register_gateways(connection, unknown, from_us(now_us))
            self._gateways.update(found)

    def register_devices(
        self, connection: Connection, heard: dict[str, str | None], now_us: int
    ) -> None:
        """Register unknown devices by (uid -> gateway uid) as unclaimed, within the hourly limit.

        Those over the limit stay unknown; the caller rejects their messages with
        ``unclaimed_limit``.
        """
        admitted: dict[str, int | None] = {}
        for uid, gateway_uid in heard.items():
            if self._newcomers.left(gateway_uid, now_us):
                self._newcomers.take(gateway_uid, now_us)
                admitted[uid] = self._gateways.get(gateway_uid) if gateway_uid else None
        if admitted:
            self._insert(connection, admitted, from_us(now_us))

    def _insert(
        self, connection: Connection, admitted: dict[str, int | None], now: datetime
    ) -> None:
        with translated_errors(), connection.transaction():
            device_ids = store.register_devices(connection, admitted, now)
        self._put(connection, device_ids)

    def _put(self, connection: Connection, device_ids: list[int]) -> None:
        if device_ids:
            with translated_errors():
                devices = select_devices(connection, device_ids)
            for device in devices:
                self.registry.put(device)
                self._on_device(device)

    def _reload(self, connection: Connection) -> None:
        with translated_errors():
            self.registry = Registry(select_devices(connection))
        self._gateways.clear()
        self.version += 1
