"""The container image of the pipeline steps: Airloom and all its pins, so that no step installs anything."""

import os

IMAGE = os.environ.get("AIRLOOM_PIPELINE_IMAGE", "airloom-pipeline:0.1.0")
