from __future__ import annotations

import numpy as np

from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.evaluation.metrics import UNLISTED
from airloom.ranking.evaluation.served_lists import rank_served_lists
from tests.airloom.ranking.fixed_scores import FixedScores
from tests.airloom.ranking.small_shop import SmallShop


def test_a_target_has_its_rank_in_the_list_of_its_user_and_moment(shop: SmallShop) -> None:
    example = shop.example(1)
    candidates = Candidates(shop.snapshot, CandidateSettings(limit=50))
    proposed = candidates.propose(example.history, example.now).tolist()
    scores = np.zeros(300, np.float32)
    scores[proposed] = np.arange(50, 0, -1)  # the order in which they were proposed
    [unlisted, *_] = sorted(set(range(240)) - set(proposed))
    targets = (proposed[4], unlisted, proposed[0])
    examples = [example._replace(target=target) for target in targets]
    ranked = rank_served_lists({"as proposed": FixedScores(scores)}, examples, candidates)
    assert ranked.lists.tolist() == [0, 0, 0]
    assert ranked.ranks["as proposed"].tolist() == [5, UNLISTED, 1]


def test_another_moment_is_another_list(shop: SmallShop) -> None:
    example = shop.example(1)
    examples = [example, example._replace(now=example.now + 60), example._replace(user_id="other"), example]
    ranked = rank_served_lists({}, examples, Candidates(shop.snapshot))
    assert ranked.lists.tolist() == [0, 1, 2, 0]


def test_ties_and_scores_that_are_no_numbers_count_against_the_target(shop: SmallShop) -> None:
    example = shop.example(1)
    rankers = {
        "ties": FixedScores(np.zeros(300, np.float32)),
        "nan": FixedScores(np.full(300, np.nan, np.float32)),
    }
    ranked = rank_served_lists(rankers, [example], Candidates(shop.snapshot))
    assert {name: ranks.tolist() for name, ranks in ranked.ranks.items()} == {"ties": [240], "nan": [240]}
