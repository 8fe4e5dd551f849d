"""Files made of what is on record: evidence packs."""
