"""Deliveries that are sent once more: same webhook-id, new timestamp, the schedule anew."""

from alerts.webhooks.replays.model import REPLAY_COUNT_MAX, Replay, Selection
from alerts.webhooks.replays.replay import replay_deliveries, replay_delivery

__all__ = ["REPLAY_COUNT_MAX", "Replay", "Selection", "replay_deliveries", "replay_delivery"]
