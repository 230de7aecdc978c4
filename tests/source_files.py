"""The Python files that are written by hand, for tests about all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SHIPPED: Final = ("airloom", "components", "feature_repo", "model_service", "pipelines")
"""The packages of a wheel."""
PACKAGES: Final = (*SHIPPED, "benchmarks", "docs", "k8s")
"""All packages but the tests."""
_GENERATED: Final = {"airloom_pb2.py", "airloom_pb2_grpc.py"}


def source_files(*packages: str) -> list[Path]:
    """Return the files of some packages, by package and path."""
    return [
        path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name not in _GENERATED
    ]
