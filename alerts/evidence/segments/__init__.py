"""Readings sealed by the day: one file a device, many files under one entry of the ledger."""
