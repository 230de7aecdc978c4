"""Candidate generation: which products to rank when a request names none."""
