"""Silences: what people do not want to be told for a while."""
