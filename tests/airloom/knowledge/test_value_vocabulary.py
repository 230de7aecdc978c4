from __future__ import annotations

import threading
from pathlib import Path

from airloom.knowledge.claims import Claim, Relation, cards_in, claims_table
from airloom.knowledge.value_files import merged_values
from airloom.knowledge.value_vocabulary import value_vocabulary
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import HashingEncoder, contents


def canonical(lake: Lake, *values: str, relation: Relation = Relation.FEATURE) -> list[str]:
    cards = {f"p{number}": [Claim(relation, value, "import", 0.5)] for number, value in enumerate(values)}
    with value_vocabulary(lake, HashingEncoder()) as vocabulary:
        made = vocabulary.canonical(claims_table(cards, version="v"))
        vocabulary.save()
    return [claim.value for own in cards_in(made.claims).values() for claim in own]


def test_a_plural_or_a_hyphen_is_no_other_value(tmp_path: Path) -> None:
    assert canonical(Lake(tmp_path), "two speeds", "two speed", "two-speed") == ["two speed"] * 3


def test_values_that_mean_nearly_the_same_are_one(tmp_path: Path) -> None:
    # the encoder of the tests knows words but not their order
    assert canonical(Lake(tmp_path), "padded straps", "straps padded") == ["padded straps"] * 2


def test_other_numbers_or_another_relation_are_another_value(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    assert canonical(lake, "12 inch blade steel", "14 inch blade steel") == [
        "12 inch blade steel",
        "14 inch blade steel",
    ]
    assert canonical(lake, "straps padded", relation=Relation.FORM) == ["straps padded"]


def test_a_value_means_the_same_on_every_later_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    canonical(lake, "straps padded")

    assert canonical(lake, "padded straps", "straps padded") == ["straps padded"] * 2
    assert merged_values(lake).to_pylist() == [
        {"relation": "feature", "value": "padded straps", "becomes": "straps padded"}
    ]


def test_the_same_values_again_write_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    canonical(lake, "round", "soft")
    before = contents(tmp_path)
    canonical(lake, "soft", "round")

    assert contents(tmp_path) == before


def test_a_build_waits_for_another_and_sees_its_values(tmp_path: Path) -> None:
    lake, opened = Lake(tmp_path), threading.Event()
    others: list[str] = []

    def other_build() -> None:
        with value_vocabulary(lake, HashingEncoder()):
            opened.set()
        others.extend(canonical(lake, "straps padded", "round"))

    with value_vocabulary(lake, HashingEncoder()) as vocabulary:
        other = threading.Thread(target=other_build)
        other.start()
        assert not opened.wait(timeout=0.3)
        claim = Claim(Relation.FEATURE, "padded straps", "import", 0.5)
        vocabulary.canonical(claims_table({"p1": [claim]}, version="v"))
        vocabulary.save()
    other.join()

    assert others == ["padded straps", "round"]


def test_categories_needs_and_prices_are_not_its_business(tmp_path: Path) -> None:
    assert canonical(Lake(tmp_path), "cat beds", "beds cat", relation=Relation.GOES_WITH) == [
        "cat beds",
        "beds cat",
    ]
