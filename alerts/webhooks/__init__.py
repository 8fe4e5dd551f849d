"""The outbox, the relay that empties it, and how an attempt is signed and judged."""
