"""The airloom command in this process."""

from __future__ import annotations

import pytest

from pipelines.cli.main import main


def airloom(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command as a shell would; returns its exit status."""
    monkeypatch.setattr("sys.argv", ["airloom", *words])
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0
