"""Every term of the glossary has a meaning and a file that exists, and stands once, in alphabetical order."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
ROWS = [[cell.strip() for cell in line.strip("| ").split("|")] for line in LINES if line.startswith("| ")][2:]
TERMS = [row[0] for row in ROWS]


def test_there_is_a_row_for_each_term() -> None:
    assert len(TERMS) > 50
    assert len(set(TERMS)) == len(TERMS)


def test_terms_are_in_alphabetical_order() -> None:
    assert sorted(TERMS, key=str.lower) == TERMS


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in ROWS])
def test_a_term_has_a_meaning_and_a_file(row: list[str]) -> None:
    assert len(row) == 4
    assert row[1]
    assert (ROOT / row[3].strip("`")).exists()
