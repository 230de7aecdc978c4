"""Switches off the telemetry of libraries; call it before they are imported."""

from __future__ import annotations

import os

SWITCHES = {
    "DO_NOT_TRACK": "1",
    "BENTOML_DO_NOT_TRACK": "True",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GX_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def switch_off() -> None:
    """Set the environment variables in this process, and so in those that it starts."""
    os.environ.update(SWITCHES)
