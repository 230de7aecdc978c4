"""The sequence encoder: what a user's events, read in order, say about the next product."""
