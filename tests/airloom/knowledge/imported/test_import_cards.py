from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.knowledge.claims import IMPORTED, Relation, cards_in
from airloom.knowledge.imported.card_store import CardStore
from airloom.knowledge.imported.import_cards import import_cards
from tests.airloom.intents.shop import contents, shop

LINES = st.sampled_from(
    [
        '{"id": "p1", "needs": ["warm cats"]}',
        '{"id": "p2", "goes_with": ["cat toys"]}',
        '{"id": "p3"}',
        '{"id": "elsewhere", "needs": ["fishing"]}',
        '{"id": "p4", "needs": 3}',
        "no json",
        "",
    ]
)


def cards_file(folder: Path, *lines: str) -> Path:
    file = folder / "cards.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def card(object_id: str, *needs: str) -> str:
    return json.dumps({"id": object_id, "needs": needs})


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, min_size=1, max_size=12))
def test_no_line_is_lost_without_being_counted(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("lake")
    report = import_cards(shop(folder / "lake"), cards_file(folder, *lines), model="llm")

    counted = report.answered + report.empty + report.already + report.rejected
    assert counted == sum(bool(line.strip()) for line in lines)


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    lake, file = shop(tmp_path), cards_file(tmp_path, card("p1", "warm cats"), "broken")
    import_cards(lake, file, model="llm")
    before = contents(tmp_path)

    report = import_cards(lake, file, model="llm")

    assert (report.answered, report.already, report.rejected) == (0, 1, 1)
    assert contents(tmp_path) == before


def test_of_a_product_the_card_of_the_newest_version_counts(tmp_path: Path) -> None:
    lake = shop(tmp_path)
    import_cards(lake, cards_file(tmp_path, card("p1", "old need"), card("p2", "kept")), model="first")
    import_cards(lake, cards_file(tmp_path, card("p1", "new need")), model="second")

    cards = cards_in(CardStore(lake).claims())

    assert [(claim.relation, claim.value, claim.source) for claim in cards["p1"]] == [
        (Relation.NEED, "new need", IMPORTED)
    ]
    assert [claim.value for claim in cards["p2"]] == ["kept"]


def test_rejected_lines_are_kept_with_their_reason(tmp_path: Path) -> None:
    lake = shop(tmp_path)
    import_cards(lake, cards_file(tmp_path, card("p1", "a"), '{"id": "p2", "needs": "x"}'), model="llm")

    (row,) = CardStore(lake).rejected_rows().to_pylist()

    assert row["reason"].startswith("line 2: needs")
    assert "p2" in row["raw"]


def test_cards_about_no_product_are_counted(tmp_path: Path) -> None:
    file = cards_file(tmp_path, card("p1", "a"), card("c1", "a video"), card("nothing", "b"))

    assert import_cards(shop(tmp_path), file, model="llm").unknown == 2


def test_a_file_that_names_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"Line 1 of .* does not say which model"):
        import_cards(shop(tmp_path), cards_file(tmp_path, card("p1", "a")))
