"""Duties that run by the clock, each a run_once(connection, now_us)."""
