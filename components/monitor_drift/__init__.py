"""Compares a day's events, intents, features and scores with the days before it."""
