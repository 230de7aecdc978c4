"""Ranking of products for a user: features, intent tree, sequence encoder, network, training, baselines."""
