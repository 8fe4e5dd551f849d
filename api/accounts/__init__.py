"""Accounts over HTTP, and what callers may know of themselves."""
