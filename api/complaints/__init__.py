"""Complaints as they come in."""
