from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airloom.errors import AirloomError
from airloom.knowledge.build_cards import write_cards
from airloom.knowledge.claims import Claim, Relation, claims_table
from pipelines.cli.main import app
from tests.airloom.intents.shop import DAY, shop

CLAIMS = [
    Claim(Relation.TYPE, "cat beds", "rules", 1.0, "category path", ("pet supplies", "cats", "cat beds")),
    Claim(Relation.NEED, "sleeping cats", "import", 0.5),
]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with the card of one product."""
    write_cards(shop(tmp_path), claims_table({"p1": CLAIMS}, version="v"), day=DAY)
    return tmp_path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["knowledge", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_show_prints_claims_with_source_confidence_and_support(lake: Path) -> None:
    assert run("show", "--product", "p1", "--lake", str(lake)).splitlines() == [
        "type           cat beds -> pet supplies > cats > cat beds (rules, 1.00; category path)",
        "need           sleeping cats (import, 0.50)",
    ]


def test_show_of_an_unknown_product_says_what_to_do(lake: Path) -> None:
    with pytest.raises(AirloomError, match="There is no card of p9"):
        run("show", "--product", "p9", "--lake", str(lake))


def test_export_writes_a_line_for_each_card(lake: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"

    assert run("export", "--output", str(output), "--lake", str(lake)).startswith("1 cards in ")
    assert json.loads(output.read_text(encoding="utf-8"))["id"] == "p1"


def test_import_says_what_became_of_the_lines(lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "cards.jsonl"
    file.write_text('{"id": "p1", "needs": ["warm cats"]}\nno card\n{"id": "p7"}\n', encoding="utf-8")

    lines = run("import", str(file), "--model", "llm", "--lake", str(lake)).splitlines()

    assert lines[0] == "1 cards, 1 empty, 0 known before, 1 lines rejected"
    assert "1 of these cards are about ids" in lines[1]
    assert "knowledge/imported/rejected" in lines[2]


def test_values_prints_what_was_merged(lake: Path) -> None:
    assert run("values", "--lake", str(lake)) == ""


def test_browse_writes_a_page(lake: Path, tmp_path: Path) -> None:
    output = tmp_path / "cards.html"

    assert run("browse", "--output", str(output), "--lake", str(lake)).strip() == str(output)
    assert "sleeping cats" in output.read_text(encoding="utf-8")
