"""The container image of the pipeline steps: Airloom and all its pins, so that no step installs anything."""

from typing import Final

IMAGE: Final = "airloom-pipeline:0.1.0"
"""What a step runs in unless the deployment names another (`airloom deploy pipelines --image`)."""
