"""Vocabulary and plumbing that every other package may import; imports no sibling."""
