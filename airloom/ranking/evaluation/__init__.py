"""Offline evaluation of rankers on a window of labels, with confidence intervals."""
