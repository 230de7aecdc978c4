"""The pipelines on a Kubeflow server: schedules, upload and the client."""
