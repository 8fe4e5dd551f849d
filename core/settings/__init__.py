"""Every setting of every process: one frozen tree, read once from the environment."""

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
    StackSettings,
)
from core.settings.tree import PREFIX, RESERVED_PREFIXES, Settings
from core.settings.webhooks import WebhookSettings

__all__ = [
    "PREFIX",
    "RESERVED_PREFIXES",
    "AccessSettings",
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
