"""Rules scored against the truth of a simulated past: what was found, what was raised for nothing."""
