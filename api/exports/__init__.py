"""Whole tables as files: CSV, NDJSON, GeoJSON, Parquet."""
