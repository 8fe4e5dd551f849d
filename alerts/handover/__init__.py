"""Tickets across jurisdictions (跨区域移交): signed documents go out, come in and echo back."""
