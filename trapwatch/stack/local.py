"""All of Trapwatch on this machine: `trapwatch up` from its first step to its orderly end."""

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from rich.console import Console

from core.broker_address import BrokerAddress
from core.clock import SystemClock
from core.errors import ConfigError
from core.settings import Settings
from trapwatch.stack import ports
from trapwatch.stack.child import Child
from trapwatch.stack.errors import LockedError, StackError
from trapwatch.stack.interrupt import Interrupts, StopRequested
from trapwatch.stack.keys import own_keys
from trapwatch.stack.lock import FileLock
from trapwatch.stack.mirror import find_mirror
from trapwatch.stack.paths import within_checkout
from trapwatch.stack.running import Running
from trapwatch.stack.server import EmbeddedServer, never
from trapwatch.stack.services import DATABASE, EmbeddedServices
from trapwatch.stack.steps import Steps
from trapwatch.stack.supervisor import Supervisor, stop_children
from trapwatch.stack.tree import build_tree
from trapwatch.stack.wait import wait_until

_MIGRATE_TIMEOUT_S = 600.0
_API_TIMEOUT_S = 60.0
_API_PORT_ATTEMPTS = 5


class LocalStack:
    """Embedded services (unless settings name others), migrations, processes, supervision."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        console: Console,
        *,
        demo: bool,
        speed: float | None,
    ) -> None:
        """Prepare; ``environment`` is what the processes inherit, ``speed`` is the simulator's."""
        self._settings = settings
        self._environment = dict(environment)
        self._console = console
        self._demo = demo
        self._speed = speed
        self._data_dir = within_checkout(settings.stack.data_dir)
        self._embed_database = "url" not in settings.database.model_fields_set
        self._embed_broker = "url" not in settings.mqtt.model_fields_set
        self._broker_admin: str | None = None
        self._accounts: dict[str, str] = {}
        self._servers: list[EmbeddedServer] = []
        self._children: list[Child] = []
        self._supervisor = Supervisor(self._say)

    def run(self, interrupts: Interrupts) -> None:
        """Start everything, watch it until a signal comes, stop in order.

        Raises: StackError, ConfigError: it cannot be started, or a part keeps ending; whatever
        was running is stopped first.
        """
        try:
            lock = FileLock(self._data_dir / "up.lock")
        except LockedError:
            raise StackError(self._already_running()) from None
        with lock:
            try:
                self._start()
                self._announce()
                self._supervisor.run(until=never)
            except StopRequested:
                self._say("Stopping; Ctrl-C again to hasten it.")
            finally:
                interrupts.no_more()
                self._stop(interrupts)
        self._say("Stopped.")

    def _start(self) -> None:
        embedded = self._embed_database + self._embed_broker
        steps = Steps(self._console, bool(embedded) + embedded + 3 + 2 * self._demo)
        self._start_services(steps)
        self._choose_api_port()
        self._keep_keys()
        with steps.step("Schema and rules") as step:
            step.result = self._run_to_end(self._child("migrate", "migrate"))
        if self._demo:
            with steps.step("Demo county"):
                self._seed()
        with steps.step("Accounts") as step:
            self._make_accounts()
            step.result = ", ".join(self._accounts) or "present"
        with steps.step("Ingest, API, alerts"):
            self._launch(self._child("ingest", "ingest"))
            self._serve_api()
            # Its messages say where the API is.
            self._launch(self._child("alerts", "alerts"))
        if self._demo:
            with steps.step("Simulated gateways"):
                speed = [] if self._speed is None else ["--speed", f"{self._speed:g}"]
                self._launch(self._child("simulate", "simulate", "run", *speed))

    def _start_services(self, steps: Steps) -> None:
        if not (self._embed_database or self._embed_broker):
            return
        with steps.step("Service tree (PostgreSQL, TimescaleDB, Mosquitto)") as step:
            tree = build_tree(self._data_dir / "services", find_mirror, step.report)
            step.result = f"present in {tree.path}"
        services = EmbeddedServices(tree, self._data_dir, secured=not self._demo)
        if self._embed_database:
            with steps.step("Database") as step:
                self._serve(services.postgres)
                services.postgres.ensure_database(DATABASE)
                self._environment["TRAPWATCH_DATABASE__URL"] = services.database_url
                step.result = f"ready on port {services.postgres.port}"
        if self._embed_broker:
            with steps.step("Broker") as step:
                self._serve(services.broker)
                self._environment["TRAPWATCH_MQTT__URL"] = services.mqtt_url
                self._broker_admin = services.broker.admin_url
                who = "anybody on this machine: a demo" if self._demo else "accounts only"
                step.result = f"ready on port {services.broker.port}, for {who}"

    def _serve(self, server: EmbeddedServer) -> None:
        self._servers.append(server)
        server.start()
        self._supervisor.watch(server)

    def _choose_api_port(self) -> None:
        api = self._settings.api
        port = api.port
        if "port" in api.model_fields_set and port != 0:
            if not ports.is_free(port, api.host):
                raise ConfigError(f"TRAPWATCH_API__PORT: {port} on {api.host} is taken")
        else:
            wanted = port
            while port == 0 or not ports.is_free(port, api.host):
                port = port + 1 if port else ports.choose(str(self._data_dir / "api"))
            if port != wanted:
                reason = f"Port {wanted} is taken: the" if wanted else "The"
                self._say(f"{reason} API gets {port}.")
        self._environment["TRAPWATCH_API__PORT"] = str(port)
        if "public_url" not in api.model_fields_set:
            self._environment["TRAPWATCH_API__PUBLIC_URL"] = f"http://{api.host}:{port}"

    def _keep_keys(self) -> None:
        """Make the keys that nobody has chosen, once; they stay with the data."""
        self._environment.update(own_keys(self._settings, self._data_dir))
        if self._demo and not self._settings.webhooks.allow_private:
            # The demo's receiver listens on loopback, where no endpoint may be otherwise.
            self._environment["TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE"] = ports.LOOPBACK

    def _seed(self) -> None:
        from trapwatch.demo import seed
        from trapwatch.demo.receiver import DemoReceiver

        settings = Settings.from_env(self._environment)
        receiver = DemoReceiver.in_directory(self._data_dir)
        seed(
            settings.database.url.get_secret_value(),
            settings,
            receiver_url=receiver.url,
            receiver_secret=receiver.secret,
        )
        self._launch(self._child("receiver", *receiver.arguments))

    def _make_accounts(self) -> None:
        from trapwatch.stack.first_accounts import make_first_accounts

        url = Settings.from_env(self._environment).database.url.get_secret_value()
        directory = self._data_dir / "accounts"
        self._accounts = make_first_accounts(url, directory, SystemClock(), demo=self._demo)

    def _child(self, name: str, *arguments: str) -> Child:
        command = [sys.executable, "-m", "trapwatch", *arguments]
        return Child(name, command, self._environment, self._data_dir / "log" / f"{name}.log")

    def _launch(self, child: Child) -> None:
        self._children.append(child)
        child.start()
        self._supervisor.watch(child)

    def _run_to_end(self, child: Child) -> str:
        """Run a short command and return its last line."""
        self._children.append(child)
        child.start()
        if not child.wait(_MIGRATE_TIMEOUT_S):
            raise StackError(f"{child.name} did not end within {_MIGRATE_TIMEOUT_S:g} s")
        self._children.remove(child)
        words = child.last_words()
        if child.poll() != 0:
            raise StackError(f"{child.name} failed:\n{words}")
        return words.splitlines()[-1]

    def _serve_api(self) -> None:
        """Start the API; where a stranger took its port meanwhile, on another one."""
        for _ in range(_API_PORT_ATTEMPTS):
            child = self._child("api", "api")
            self._children.append(child)
            child.start()
            if self._becomes_ready(child):
                self._supervisor.watch(child)
                return
            child.kill()
            self._children.remove(child)
            if ports.is_free(self._api_port, self._settings.api.host):
                break
            self._choose_api_port()
        raise StackError(f"the API does not start; {child.log} ends with:\n{child.last_words()}")

    def _becomes_ready(self, api: Child) -> bool:
        def answers() -> bool:
            # A stranger may answer on the port while our API finds it taken and ends.
            if api.pid is None or not ports.is_listening(api.pid, self._api_port):
                return False
            try:
                return httpx.get(f"{self._api_url}/healthz", timeout=2.0).status_code == 200
            except httpx.TransportError:
                return False

        def ended_or_answers() -> bool:
            self._supervisor.tick()
            return api.poll() is not None or answers()

        wait_until(ended_or_answers, _API_TIMEOUT_S, interval_s=0.1)
        return answers()

    @property
    def _api_port(self) -> int:
        return int(self._environment["TRAPWATCH_API__PORT"])

    @property
    def _api_url(self) -> str:
        host = self._settings.api.host
        shown = ports.LOOPBACK if host in {"0.0.0.0", "::"} else host
        return f"http://{shown}:{self._api_port}"

    def _announce(self) -> None:
        effective = Settings.from_env(self._environment)
        addresses = {
            "Page": f"{self._api_url}/",
            "API": f"{self._api_url}/api/v1  (description: {self._api_url}/docs)",
            "Database": effective.database.url.get_secret_value(),
            "Broker": self._broker_told(effective),
            "Logs": str(self._data_dir / "log"),
        }
        Running(
            addresses["Page"],
            effective.mqtt.url.get_secret_value(),
            addresses["Database"],
            self._broker_admin,
        ).write(self._data_dir)
        self._say("\nTrapwatch is running.")
        for name, address in addresses.items():
            self._say(f"  {name:<10}{address}")
        for name, password in self._accounts.items():
            self._say(f"  {'Account':<10}{name}  {password}")
        self._say("  Ctrl-C to stop")

    def _broker_told(self, effective: Settings) -> str:
        if self._broker_admin is None:
            return effective.mqtt.url.get_secret_value()
        address = BrokerAddress.parse(effective.mqtt.url.get_secret_value())
        return (
            f"mqtt://{address.host}:{address.port}  (accounts only: `trapwatch gateway add ID` "
            "makes a gateway's)"
        )

    def _already_running(self) -> str:
        running = Running.read(self._data_dir)
        where = running.page if running else "still starting or stopping"
        return f"`trapwatch up` already runs with {self._data_dir} ({where}); stop it first"

    def _stop(self, interrupts: Interrupts) -> None:
        for name in stop_children(self._children, interrupts.hurried):
            self._say(f"{name} did not stop in time and was killed; nothing committed is lost.")
        for server in reversed(self._servers):
            server.stop(interrupts.hurried)
        Running.remove(self._data_dir)

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def data_dir_of(settings: Settings) -> Path:
    """Return the absolute directory of the embedded stack's files."""
    return within_checkout(settings.stack.data_dir)
