"""Kubeflow component that asks a reasoner for one shard of the missing intents."""
