"""MQTT bytes to committed rows: subscriber, batcher, codecs, one transaction a batch."""
