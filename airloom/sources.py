"""Which version of the code this is, by its content: what was made by other code is not used again."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent
"""The folder of this package."""


@cache
def sources_digest() -> str:
    """A digest of all source files of the package, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(SOURCES.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
