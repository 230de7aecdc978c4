"""Kubeflow component that counts what a distillation would ask."""
