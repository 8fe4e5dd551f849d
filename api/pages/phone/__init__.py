"""The inspector's pages, for a phone in one hand on a weak network."""
