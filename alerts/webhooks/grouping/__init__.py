"""Messages to people, grouped: a power cut is one message about 37 traps, not 37 messages."""
