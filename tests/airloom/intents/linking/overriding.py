"""Writes the file of overrides as a person would."""

from __future__ import annotations

from pathlib import Path

from airloom.logs.lake import Lake


def override(lake: Lake, *rows: tuple[str, str, str]) -> Path:
    """Replace the file; without rows take it away."""
    file = lake.path("intents", "overrides.tsv")
    if not rows:
        file.unlink(missing_ok=True)
        return file
    return write(lake, "\n".join("\t".join(row) for row in (("kind", "label", "becomes"), *rows)) + "\n")


def write(lake: Lake, text: str | bytes) -> Path:
    file = lake.path("intents", "overrides.tsv")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file
