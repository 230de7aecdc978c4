"""How a ranker is trained: examples, negatives, materialized inputs and the stages."""
