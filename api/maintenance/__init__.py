"""Maintenance windows: recurring times at which a place is worked on."""
