"""A whole province behind the API: how long its callers wait, and how many it serves."""
