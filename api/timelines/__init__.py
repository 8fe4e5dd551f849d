"""One restaurant's past: everything that happened there, in one order of time."""
