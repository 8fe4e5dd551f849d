"""Endpoints that fail or ask for less: noted with every attempt, disabled after days."""

from alerts.webhooks.failing.store import note_attempts

__all__ = ["note_attempts"]
