"""Kinds of windowed rules: one module each, pure; alerts/rules/kinds has the table of all kinds."""
