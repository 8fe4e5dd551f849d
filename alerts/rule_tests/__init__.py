"""Checking and testing rules without a database: `trapwatch rules check` and `rules test`. Pure.

Only ``sources`` and ``suite`` read files.
"""
