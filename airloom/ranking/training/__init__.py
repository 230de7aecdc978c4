"""How a ranker is trained: examples, negatives, prepared inputs and the order of things."""
