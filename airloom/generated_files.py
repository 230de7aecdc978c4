"""Files that are committed but written by the code: writes them, or checks that they are up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from airloom.errors import AirloomError
from airloom.files import write_text


def outdated(texts: Mapping[Path, str]) -> list[Path]:
    """Return the files that do not have the text that belongs into them."""
    return [file for file, text in texts.items() if not _has(file, text)]


def write_or_check(generate: Callable[[], Mapping[Path, str]], *, check: bool, root: Path) -> int:
    """Write what is outdated, or only name it; returns the exit status of a command.

    Args:
        generate: Returns the text of every file; may raise an `AirloomError`.
        check: Change nothing; 1 is returned if a file is outdated.
        root: Names are given relative to it.
    """
    try:
        texts = generate()
    except AirloomError as error:
        print(error, file=sys.stderr)
        return 1
    stale = outdated(texts)
    if check:
        if stale:
            names = ", ".join(str(file.relative_to(root)) for file in stale)
            print(f"Out of date: {names}. Run: make compile", file=sys.stderr)
        return 1 if stale else 0
    for file in stale:
        write_text(file, texts[file])
    return 0


def _has(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text
