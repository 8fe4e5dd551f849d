"""Rejected messages after the fact: look at them, replay them, or let them go."""
