"""Reasons of ranked products that are true: of the user's events, of the snapshot, and of the ranker."""
