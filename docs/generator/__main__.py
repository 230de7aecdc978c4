"""Writes the generated sections of the committed pages, or checks that they are what the code says.

`python -m docs.generator` writes them; with `--check` it changes nothing and names the outdated pages.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from airloom.generated_files import write_or_check
from docs.generator.pages import Sections, filled_pages
from docs.generator.sections import SECTIONS

DOCS: Final = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None, *, folder: Path = DOCS, sections: Sections = SECTIONS) -> int:
    """Write the pages, or with `--check` compare them; returns 1 if one is outdated or cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m docs.generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a page is out of date")
    options = parser.parse_args(arguments)
    return write_or_check(lambda: filled_pages(folder, sections), check=options.check, root=folder.parent)


if __name__ == "__main__":
    sys.exit(main())
