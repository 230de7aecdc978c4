"""Semantic consistency: composed intents compared with one LLM call over the whole history."""
