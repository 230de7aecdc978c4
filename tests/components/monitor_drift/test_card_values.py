from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from airloom.knowledge.build_cards import write_cards
from airloom.knowledge.claims import Claim, Relation, claims_table
from airloom.logs.lake import Lake
from components.monitor_drift.card_values import NEW_VALUE, NO_VALUE, card_columns
from components.monitor_drift.columns import read_columns
from components.monitor_drift.comparison import Comparison, compare
from components.monitor_drift.settings import DriftSettings

DAY = date(2026, 3, 9)
PRODUCTS = 200
FORMS = ("round", "flat", "tall", "folding")


def usual(number: int) -> list[Claim]:
    """A type for each product; a form for every second one, said by two sources."""
    forms = [Claim(Relation.FORM, FORMS[number // 2 % len(FORMS)], source, 0.5) for source in ("a", "b")]
    return [Claim(Relation.TYPE, "cat bed", "rules", 1.0), *(forms if number % 2 else [])]


def with_cards(root: Path, of_day: Callable[[int], list[Claim]] = usual) -> Lake:
    """Three days of usual cards, and then the day's."""
    lake = Lake(root)
    for ago in range(4):
        cards = {f"p{number:03}": (usual if ago else of_day)(number) for number in range(PRODUCTS)}
        day = DAY - timedelta(days=ago)
        write_cards(lake, claims_table(cards, version="v"), day=day)
    return lake


def compared(lake: Lake) -> dict[str, bool]:
    """Whether each column of cards drifted."""
    settings = DriftSettings()
    comparison = compare(read_columns(lake, DAY, settings), settings, DAY)
    assert not comparison.alarm(settings)
    return {column.name: column.drifted for column in comparison.columns}


def test_cards_that_stay_as_they_are_do_not_drift(tmp_path: Path) -> None:
    assert compared(with_cards(tmp_path)) == {"cards: type": False, "cards: form": False}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda number: usual(number)[:1], id="no card has a form any more"),
        pytest.param(
            lambda number: [usual(number)[0], Claim(Relation.FORM, "round", "a", 0.5)], id="all are round"
        ),
        pytest.param(
            lambda number: (
                [usual(number)[0]] + [Claim(Relation.FORM, f"form {number}", "a", 0.5)] * (number % 4 == 0)
            ),
            id="a quarter has a form that nothing had before",
        ),
    ],
)
def test_a_relation_drifts_by_its_values_new_ones_and_lacking_ones(
    tmp_path: Path, change: Callable[[int], list[Claim]]
) -> None:
    assert compared(with_cards(tmp_path, change)) == {"cards: type": False, "cards: form": True}


def test_a_card_counts_each_of_its_values_once_or_that_it_has_none(tmp_path: Path) -> None:
    lake = with_cards(tmp_path, lambda n: [*usual(n), Claim(Relation.TYPE, "sofa", "rules", 1.0)][n > 9 :])

    current, reference = card_columns(lake, DAY, DriftSettings())

    assert Counter(reference["cards: form"].to_pylist()) == {NO_VALUE: 300, **dict.fromkeys(FORMS, 75)}
    assert Counter(current["cards: type"].to_pylist()) == {"cat bed": 10, NEW_VALUE: 200}


def test_the_same_cards_are_drawn_each_time_and_no_more_than_were_asked_for(tmp_path: Path) -> None:
    lake, settings = with_cards(tmp_path), DriftSettings(rows=50)

    drawn = card_columns(lake, DAY, settings)

    assert len(drawn[0]["cards: type"]) == len(drawn[1]["cards: type"]) == 50
    assert drawn == card_columns(lake, DAY, settings)


def test_without_cards_there_is_no_column_and_a_day_that_lacks_them_is_not_checked(tmp_path: Path) -> None:
    assert card_columns(Lake(tmp_path / "none"), DAY, DriftSettings()) == ({}, {})

    settings, later = DriftSettings(), DAY + timedelta(days=1)
    columns = read_columns(with_cards(tmp_path / "lake"), later, settings)
    skipped: Comparison = compare(columns, settings, later)

    assert ("cards: type", 0, 800) in skipped.skipped
