"""Trials of rules: ask for one, look at what they found."""
