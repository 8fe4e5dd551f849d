"""Webhook secrets: sealed at rest, rotated with an overlap, sealed anew under another key."""
