"""Rules in force and the thresholds that places override."""
