"""Rejected messages that were kept: ingest keeps and replays them, the API shows and marks them."""
