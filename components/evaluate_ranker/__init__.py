"""Step: rankers compared on the orders of a later window."""
