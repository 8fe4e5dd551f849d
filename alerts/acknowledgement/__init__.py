"""Somebody has it in hand: an overlay that stops escalation and never changes an alert's state."""
