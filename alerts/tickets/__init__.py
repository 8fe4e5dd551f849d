"""Remediation tickets: lifecycle as a table, and the rows that follow it."""
