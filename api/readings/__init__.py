"""What was measured, raw or by the hour."""
