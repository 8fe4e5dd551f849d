"""Evidence packs over HTTP: files made of what is on record."""
