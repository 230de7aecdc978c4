"""The name of Airloom's MLflow experiment, for readers of its database that need no MLflow."""

from __future__ import annotations

from typing import Final

EXPERIMENT: Final = "airloom-ranker"
