"""Photos and documents that tickets carry."""
