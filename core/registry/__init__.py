"""Who sends and what it hangs in: the device register as ingest and rules hold it in memory."""
