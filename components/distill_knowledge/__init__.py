"""Kubeflow component that asks the agents of knowledge cards about one shard of the products."""
