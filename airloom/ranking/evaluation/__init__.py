"""How good a ranker is on a window of labels, with intervals."""
