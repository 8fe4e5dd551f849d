"""Changes in how complaints come in."""
