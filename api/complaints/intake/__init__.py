"""What people decide about complaints, over HTTP."""
