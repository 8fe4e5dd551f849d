"""Every setting of every process: one frozen tree, read once from the environment.

Variables are ``TRAPWATCH_<SECTION>__<NAME>``, e.g. ``TRAPWATCH_INGEST__BATCH_COUNT_MAX=500``;
``…_FILE`` reads a value (a secret) from a file. A misspelt variable stops start-up, naming it.
docs/settings.md lists them all; a test keeps that list true.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from core.errors import ConfigError
from core.settings.access import AccessSettings
from core.settings.pages import PagesSettings
from core.settings.sections import (
    AlertsSettings,
    ApiSettings,
    DatabaseSettings,
    EvidenceSettings,
    IngestSettings,
    LogSettings,
    MqttSettings,
    Section,
    StackSettings,
)
from core.settings.webhooks import WebhookSettings

PREFIX = "TRAPWATCH_"
#: Variables of this prefix that steer the test suite or the bootstrap, not a process.
RESERVED_PREFIXES = ("TRAPWATCH_TEST_", "TRAPWATCH_APT_")


class Settings(Section):
    """All sections; see the module's docstring for how they are read."""

    database: DatabaseSettings = DatabaseSettings()
    mqtt: MqttSettings = MqttSettings()
    ingest: IngestSettings = IngestSettings()
    alerts: AlertsSettings = AlertsSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    webhooks: WebhookSettings = WebhookSettings()
    api: ApiSettings = ApiSettings()
    pages: PagesSettings = PagesSettings()
    access: AccessSettings = AccessSettings()
    stack: StackSettings = StackSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings of an environment such as ``os.environ``.

        Raises: ConfigError: an unknown, unreadable or out-of-bounds variable; all are named.
        """
        sections: dict[str, dict[str, object]] = {}
        problems: list[str] = []
        for variable, raw in environment.items():
            if not variable.startswith(PREFIX) or variable.startswith(RESERVED_PREFIXES):
                continue
            try:
                section, name, value = _resolve(variable, raw)
            except ConfigError as error:
                problems.append(str(error))
                continue
            sections.setdefault(section, {})[name] = value
        if problems:
            raise ConfigError("; ".join(sorted(problems)))
        try:
            return cls.model_validate(sections)
        except ValidationError as error:
            raise ConfigError("; ".join(_explain(error))) from None


def _resolve(variable: str, raw: str) -> tuple[str, str, object]:
    path = variable.removeprefix(PREFIX).lower().split("__")
    section_field = Settings.model_fields.get(path[0])
    if len(path) != 2 or section_field is None:
        raise ConfigError(f"{variable}: unknown setting")
    fields = type(section_field.default).model_fields
    section, name = path
    if name not in fields and name.endswith("_file") and name.removesuffix("_file") in fields:
        try:
            return section, name.removesuffix("_file"), Path(raw).read_text("utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{variable}: cannot read {raw}: {error.strerror}") from None
    if name not in fields:
        raise ConfigError(f"{variable}: unknown setting")
    if isinstance(fields[name].default, tuple):
        return section, name, tuple(part.strip() for part in raw.split(","))
    return section, name, raw


def _explain(error: ValidationError) -> list[str]:
    return [
        f"{PREFIX}{'__'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
        for item in error.errors(include_input=False)
    ]
