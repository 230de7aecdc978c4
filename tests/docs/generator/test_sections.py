from __future__ import annotations

from pathlib import Path

import pytest

from docs.generator.pages import BEGIN
from docs.generator.sections import SECTIONS

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_each_section_is_on_one_page() -> None:
    marks = [name for page in sorted(DOCS.rglob("*.md")) for name in BEGIN.findall(page.read_text("utf-8"))]

    assert sorted(marks) == sorted(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_the_same_every_time(name: str) -> None:
    section = SECTIONS[name]
    section.cache_clear()  # type: ignore[attr-defined]
    first = section()
    section.cache_clear()  # type: ignore[attr-defined]

    assert first == section()
    assert " object at 0x" not in first
