"""One visit, many checks (综合查一次): what is due at restaurants, bundled, driven to, settled."""
