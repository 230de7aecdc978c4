"""Step: what Feast knows, and what it serves online."""
