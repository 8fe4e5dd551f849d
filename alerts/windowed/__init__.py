"""Rules over windows of many readings: histories of traps, daily digests, indicators, their timers."""
