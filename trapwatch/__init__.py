"""The command line and the one-command stack; the only layer that may import every other."""
