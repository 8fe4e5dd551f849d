"""Rejected messages: list, look at, have them sent again, let them go."""
