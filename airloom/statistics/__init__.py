"""Counts over past events: popularity, and products bought together (item-CF)."""
