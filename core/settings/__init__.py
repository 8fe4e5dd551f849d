"""Every setting of every process: one frozen tree, read once from the environment."""

from core.settings.pages import PagesSettings
from core.settings.sections import (
    AlertsSettings,
    ApiSettings,
    DatabaseSettings,
    EvidenceSettings,
    IngestSettings,
    LogSettings,
    MqttSettings,
    StackSettings,
    WebhookSettings,
)
from core.settings.tree import PREFIX, RESERVED_PREFIXES, Settings

__all__ = [
    "PREFIX",
    "RESERVED_PREFIXES",
    "AlertsSettings",
    "ApiSettings",
    "DatabaseSettings",
    "EvidenceSettings",
    "IngestSettings",
    "LogSettings",
    "MqttSettings",
    "PagesSettings",
    "Settings",
    "StackSettings",
    "WebhookSettings",
]
