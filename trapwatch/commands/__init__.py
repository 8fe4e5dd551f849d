"""One module a command; each builds its settings and calls one package."""
