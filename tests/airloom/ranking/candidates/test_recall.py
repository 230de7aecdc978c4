from __future__ import annotations

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.candidates.generation import SOURCES, Candidates, CandidateSettings, Source
from airloom.ranking.candidates.recall import recall
from airloom.ranking.training.examples import Example
from tests.airloom.ranking.small_shop import NOW, SmallShop


def wanting(shop: SmallShop, target: int) -> Example:
    return Example("u", shop.history(3), target, NOW, 1.0)


def test_recall_is_the_share_of_targets_among_what_is_proposed(shop: SmallShop) -> None:
    candidates = Candidates(shop.snapshot, CandidateSettings(limit=40))
    proposed = candidates.propose(shop.history(3), NOW)
    others = np.setdiff1d(shop.snapshot.products, proposed)
    examples = [wanting(shop, int(target)) for target in (*proposed[[0, 20, 39]], others[0])]
    assert recall(candidates, examples).union == 0.75


def proposed_only_by(candidates: Candidates, shop: SmallShop, one: Source) -> list[int]:
    """The products that only this source proposes, the best first."""
    by_source = candidates.by_source(shop.history(3), NOW)
    others = {row for source, rows in by_source.items() if source != one for row in rows.tolist()}
    return [row for row in by_source[one].tolist() if row not in others]


@pytest.mark.parametrize("one", SOURCES)
def test_each_source_is_told_apart(shop: SmallShop, one: Source) -> None:
    candidates = Candidates(shop.snapshot, CandidateSettings(limit=30))
    target, *_ = proposed_only_by(candidates, shop, one)
    measured = recall(candidates, [wanting(shop, target)])
    assert measured.single == {source: source == one for source in SOURCES}
    assert measured.without[one] == 0


def test_without_a_source_the_others_have_its_turns(shop: SmallShop) -> None:
    candidates = Candidates(shop.snapshot, CandidateSettings(limit=30, from_neighbors=30, from_popular=3000))
    target, *_ = proposed_only_by(candidates, shop, "intents")
    measured = recall(candidates, [wanting(shop, target)])
    assert measured.union == 0
    assert measured.without == {"intents": 0, "neighbours": 0, "titles": 0, "popular": 1}


def test_nothing_wanted_is_an_error(shop: SmallShop) -> None:
    with pytest.raises(AirloomError, match="no examples to measure"):
        recall(Candidates(shop.snapshot), [])
