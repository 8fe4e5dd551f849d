"""Rules scored against the truth of a simulated past: found, missed, raised for nothing."""
