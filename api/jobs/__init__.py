"""Planned work on traps."""
