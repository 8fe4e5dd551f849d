"""Inspections: dip measurements of traps."""
