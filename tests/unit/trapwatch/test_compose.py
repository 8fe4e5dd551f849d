"""compose.yaml and the Dockerfile, checked as text: no container engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import PREFIX, Settings
from trapwatch.stack.paths import CHECKOUT

_DOCKERFILE = (CHECKOUT / "Dockerfile").read_text("utf-8")
_OURS = ("migrate", "ingest", "alerts", "api", "gateway", "broker-accounts")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    loaded = yaml.safe_load((CHECKOUT / "compose.yaml").read_text("utf-8"))
    return dict(loaded["services"])


def test_the_broker_runs_with_the_one_configuration(services: dict[str, Any]) -> None:
    assert "./mosquitto.conf:/mosquitto/config/mosquitto.conf:ro" in services["broker"]["volumes"]
    text = (CHECKOUT / "mosquitto.conf").read_text("utf-8")
    store = re.search(r"^persistence_location (\S+?)/?$", text, re.MULTILINE)
    assert store
    assert f"broker:{store[1]}" in services["broker"]["volumes"]


@pytest.mark.parametrize("name", ["ingest", "alerts", "api"])
def test_nothing_starts_before_the_migrations_are_done(name: str, services: dict[str, Any]) -> None:
    needs = services[name]["depends_on"]
    assert needs["migrate"] == {"condition": "service_completed_successfully"}
    assert needs["database"] == {"condition": "service_healthy"}


def test_dependencies_exist_and_can_become_healthy(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, (name, needed)
            if how["condition"] == "service_healthy":
                assert "test" in services[needed]["healthcheck"], needed
            if how["condition"] == "service_completed_successfully":
                assert services[needed]["restart"] == "no", needed


def test_every_setting_is_a_real_one_with_a_valid_value(services: dict[str, Any]) -> None:
    for name in _OURS:
        environment = services[name]["environment"]
        ours = {key: value for key, value in environment.items() if key.startswith(PREFIX)}
        assert ours == environment, name
        assert all(isinstance(value, str) for value in ours.values()), name
        Settings.from_env(ours)


def test_every_process_runs_our_image_without_privileges(services: dict[str, Any]) -> None:
    for name in _OURS:
        assert services[name]["build"] == ".", name
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
        # A volume that is new belongs to root: whoever writes the first file into it must be that.
        assert services[name].get("user") == ("0:0" if name == "broker-accounts" else None), name


def test_nothing_is_published_beyond_loopback(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_images_are_pinned_and_the_database_is_version_17(services: dict[str, Any]) -> None:
    for name in ("database", "broker"):
        assert re.search(r":\d+\.\d+\.\d+", services[name]["image"]), name
    assert services["database"]["image"].endswith("-pg17")


def test_the_database_keeps_what_was_committed(services: dict[str, Any]) -> None:
    command = services["database"]["command"]
    assert "fsync=on" in command
    assert "synchronous_commit=on" in command
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql/data"]


def test_files_of_tickets_outlive_the_container_and_are_writable(services: dict[str, Any]) -> None:
    directory = services["api"]["environment"]["TRAPWATCH_EVIDENCE__BLOB_DIR"]
    assert services["api"]["volumes"] == [f"blobs:{directory}"]
    assert f"install -d -o trapwatch -g trapwatch {directory}" in _DOCKERFILE


def test_the_broker_has_accounts_before_it_starts(services: dict[str, Any]) -> None:
    text = (CHECKOUT / "mosquitto.conf").read_text("utf-8")
    assert re.search(r"^allow_anonymous false$", text, re.MULTILINE)
    file = re.search(r"^plugin_opt_config_file (\S+)$", text, re.MULTILINE)
    assert file
    accounts = services["broker-accounts"]
    assert accounts["command"] == ["gateway", "init-file", file[1]]
    assert accounts["volumes"] == ["broker:/mosquitto/data"]
    needs = services["broker"]["depends_on"]["broker-accounts"]
    assert needs == {"condition": "service_completed_successfully"}
    assert "profiles" in services["gateway"], "a command, no process"


def test_the_image_runs_as_a_user_of_its_own_and_tells_its_health() -> None:
    last_stage = _DOCKERFILE[_DOCKERFILE.rindex("\nFROM ") :]
    user = re.search(r"^USER (\d+):\d+$", last_stage, re.MULTILINE)
    assert user
    assert int(user[1]) >= 10_000
    assert "/healthz" in last_stage
    assert last_stage.index("USER ") < last_stage.index("ENTRYPOINT ")


def test_the_image_installs_nothing_without_a_hash() -> None:
    installs = re.findall(r"^RUN .*pip install (.*)$", _DOCKERFILE, re.MULTILINE)
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_the_image_gets_every_package_and_no_more_than_it_copies() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", _DOCKERFILE, re.MULTILINE))
    names = {name for line in copied for name in line.split()}
    allowed = {
        line[1:]
        for line in (CHECKOUT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    assert names == allowed
    packages = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")} - {"tests"}
    assert packages <= names


def test_no_lock_file_names_a_host_or_a_path() -> None:
    for file in CHECKOUT.glob("requirements*.lock"):
        text = file.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"://|--index|--find-links|--trusted-host|^\s*# via .*/", text, re.M)


def test_the_runtime_lock_is_part_of_the_full_one() -> None:
    def pins(name: str) -> set[str]:
        text = Path(CHECKOUT / name).read_text("utf-8")
        return set(re.findall(r"^[a-z0-9-]+==\S+", text, re.MULTILINE))

    assert pins("requirements-runtime.lock") <= pins("requirements.lock")
