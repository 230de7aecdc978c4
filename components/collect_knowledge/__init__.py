"""Kubeflow component that builds the cards of a day from rules, imports and the answers of agents."""
