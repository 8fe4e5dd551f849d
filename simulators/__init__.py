"""A county that behaves like a real one; shares only core's vocabulary with the service."""
