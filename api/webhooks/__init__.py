"""Webhook endpoints and what became of their deliveries."""
