"""Turns links from a page to source code into text: the site holds no source code."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import Final

LINK: Final = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def unlink_source(markdown: str, *, page: str) -> str:
    """Return the page with each link that leads out of `docs/` replaced by its text and the path of the file.

    Args:
        markdown: The text of the page.
        page: Its path below `docs/`.
    """

    def replaced(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(f"docs/{page}"), target))
        if "://" in target or path.startswith("docs/"):
            return link[0]
        if PurePosixPath(path).name in text:
            return f"`{path}`"
        return f"{text} (`{path}`)"

    return LINK.sub(replaced, markdown)
