"""Complaints from files: profiles say how a source's columns are read."""
