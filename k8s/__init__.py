"""Kubernetes manifests, and the check that they are right before a cluster sees them."""
