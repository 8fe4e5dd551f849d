"""Tests that ship with the rules (docs/rules-testing.md), for us and who changes numbers."""
