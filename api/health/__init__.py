"""Whether this process runs, can work, and how it fares."""
