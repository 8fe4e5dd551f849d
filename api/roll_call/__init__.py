"""The roll-call (点名): every device in service, the longest silent first."""
