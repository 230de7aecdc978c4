"""Loads `steps.py`: kfp reads its annotations, so it is a file without postponed ones."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any


def load_steps() -> Any:
    """Return the module with the pipelines."""
    spec = importlib.util.spec_from_file_location("steps", Path(__file__).with_name("steps.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
