"""Claims about complaints: made, frozen, listed."""
