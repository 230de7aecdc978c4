"""Every file that a document names exists: README, CONTRIBUTING with its map, and the pages of the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = "airloom|benchmarks|components|docs|feature_repo|k8s|model_service|pipelines|tests"
NAMED = re.compile(rf"`((?:{OURS})/[\w./-]+)`")
HISTORY = {"negative-results.md"}
"""Pages that keep the names of the day on which they were written."""

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in HISTORY),
]


@pytest.mark.parametrize(
    "document", [pytest.param(file, id=str(file.relative_to(ROOT))) for file in DOCUMENTS]
)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = NAMED.findall(document.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_map_has_twenty_answers() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = contributing.partition("\n## Map\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]

    assert len(rows) >= 20
    assert all(NAMED.search(row) for row in rows)
