"""Checks of the overlays and the compiled pipelines: what a real cluster or a real Kubeflow would refuse."""
