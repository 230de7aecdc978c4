"""Compares a day's events, intents, features, scores and knowledge cards with the days before it."""
