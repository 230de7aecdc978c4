"""Kubeflow component that decides which day a run is about."""
