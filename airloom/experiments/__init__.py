"""Who sees what, what they then did, and whether the difference is real."""
