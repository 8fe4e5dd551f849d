"""Inspections: what an inspector's dip stick says about a trap."""
