"""Hand-overs of tickets to other jurisdictions, from them, and their echoes."""
