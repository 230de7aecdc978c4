"""A digest of this package's source code: results that other code made are not reused."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent
"""The folder of this package."""


@cache
def sources_digest() -> str:
    """Return a digest of all source files of the package, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(SOURCES.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
