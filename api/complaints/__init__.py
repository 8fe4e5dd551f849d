"""Complaints and how their number moves."""
