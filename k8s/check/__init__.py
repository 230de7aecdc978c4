"""Checks every overlay and every compiled pipeline against what a real cluster and a real Kubeflow refuse."""
