"""Kubeflow component that counts what the agents of knowledge cards would be asked."""
