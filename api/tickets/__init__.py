"""Remediation tickets and their transitions."""
