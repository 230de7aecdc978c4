"""What mkdocs calls while it builds the site; `mkdocs.yml` names this file."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from docs.generator.source_links import unlink_source


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - the names that mkdocs passes
    """Return the page without links to files that are not on the site."""
    return unlink_source(markdown, page=page.file.src_uri)
