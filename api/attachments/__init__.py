"""Photos and documents of tickets over HTTP."""
