"""Time limits of tickets (时限): which clocks run, until when, and what happens on the way."""
