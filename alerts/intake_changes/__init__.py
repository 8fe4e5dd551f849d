"""The log of changes in how complaints come in, and of interventions; append-only."""
