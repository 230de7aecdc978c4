"""The pipelines on a Kubeflow server: the pods of their steps, their schedules, how they get there."""
