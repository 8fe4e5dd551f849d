"""Readings to alerts, alerts to tickets and webhooks; never imports ingest or api."""
