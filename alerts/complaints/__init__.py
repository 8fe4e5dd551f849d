"""Complaints: taken in, matched with restaurants, linked where repeated, turned into tickets."""
