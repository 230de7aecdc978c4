"""A small world of shoppers with known tastes, for the demo and for statistical tests."""
