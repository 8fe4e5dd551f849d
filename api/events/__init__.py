"""The live stream of alert and ticket events."""
