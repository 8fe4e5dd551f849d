"""Rules replayed on stored history: what they would have raised, beside what was raised."""
