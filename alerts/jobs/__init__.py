"""Jobs: what may happen to planned work on a trap."""
