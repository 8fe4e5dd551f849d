"""The schema's history as numbered SQL files, and the runner that applies them."""
