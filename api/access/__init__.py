"""Who may do what: callers, permissions, sessions, tokens, limits. docs/access.md tells it."""
