"""A metrics artifact in memory."""

from __future__ import annotations


class MetricsDouble:
    """Keeps what is logged.

    Attributes:
        metadata: Values by name.
    """

    def __init__(self) -> None:
        self.metadata: dict[str, float] = {}

    def log_metric(self, name: str, value: float) -> None:
        """Keep one value."""
        self.metadata[name] = value
