"""Which complaint repeats which, as stored."""
