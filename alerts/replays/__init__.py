"""The law of the engine in memory: what a stretch of the past must have meant to the rules in force."""
