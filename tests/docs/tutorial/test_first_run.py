"""The tutorial, as the site renders it, holds the script that it tells the reader to save."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from re import sub

import pytest
from markdown import Markdown  # type: ignore[import-untyped]  # has no stubs
from mkdocs.config import load_config

ROOT = Path(__file__).resolve().parents[3]
TUTORIAL = ROOT / "docs" / "tutorial"


def test_the_rendered_tutorial_holds_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    config = load_config(str(ROOT / "mkdocs.yml"))
    renderer = Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)

    rendered = renderer.convert((TUTORIAL / "first-run.md").read_text(encoding="utf-8"))

    text = unescape(sub(r"<[^>]+>", "", rendered))
    assert (TUTORIAL / "deliver_csv.py").read_text(encoding="utf-8").strip() in text
    assert "--8<--" not in text
