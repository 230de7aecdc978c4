"""Kubeflow component that says what a run did, what failed and what to do."""
