"""What mkdocs calls while it builds the site; `mkdocs.yml` names this file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.generator.python_api import python_api_pages
from docs.generator.source_links import unlink_source

PYTHON_API: Final = "Python API"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Return the configuration with the Python API in the navigation, at the end of "Reference"."""
    (reference,) = (entry["Reference"] for entry in config.nav or [] if "Reference" in entry)
    reference.append({PYTHON_API: [{PurePosixPath(page).stem: page} for page in python_api_pages()]})
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Return the files of the site with the pages of the Python API among them."""
    for page, markdown in python_api_pages().items():
        files.append(File.generated(config, page, content=markdown))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - the names that mkdocs passes
    """Return the page without links to files that are not on the site."""
    return unlink_source(markdown, page=page.file.src_uri)
