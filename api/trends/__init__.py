"""How the number of complaints moves, month by month."""
