"""Asking the agents in bulk: what is open, shards, budget, files, and the claims that come of it."""
