"""Inspection plans: one visit, many checks."""
