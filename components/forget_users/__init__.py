"""Step: nothing is kept of people who asked to be forgotten."""
