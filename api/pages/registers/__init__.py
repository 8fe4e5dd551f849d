"""Registers as pages: list, filter, open, change. Their rows and rules are the API's own."""
