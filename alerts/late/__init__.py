"""Readings that came late: they page nobody, but episodes are corrected by them, audited."""
