"""Step: the read-only tables that a service holds in memory."""
