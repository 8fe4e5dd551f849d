"""Measured numbers: one module a case, one JSON record a result."""
