"""Semantic consistency: composed intents compared with one reading of the whole history."""
