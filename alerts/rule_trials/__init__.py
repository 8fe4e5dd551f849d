"""Trials (试算): a rule on its tests or on history, with its numbers in force or others."""
