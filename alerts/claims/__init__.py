"""Claims: what may be said about how complaints changed, with everything needed to recompute it."""
