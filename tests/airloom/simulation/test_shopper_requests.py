"""What shoppers say is answered by what their lifestyles buy."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.rft import templates
from airloom.errors import AirloomError
from airloom.simulation import request_wording
from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.shopper_requests import PER_LIFESTYLE, shopper_requests, split_of
from airloom.simulation.truth import load_truth
from tests.airloom.simulation.world_snapshot import world_snapshot

SNAPSHOT = world_snapshot()
REQUESTS = shopper_requests(SNAPSHOT, split="test", seed=0)
CATALOGUE, TRUTH = load_catalogue(), load_truth()
QUOTED = re.compile("“(.+?)”")


def leaf_of(row: int) -> str:
    return CATALOGUE.leaves[CATALOGUE.product_leaves[row]][-1]


def leaves_of(lifestyle: str) -> set[str]:
    weights = TRUTH.weights[TRUTH.lifestyles.index(lifestyle)]
    return {CATALOGUE.leaves[leaf][-1] for leaf in np.flatnonzero(weights)}


def of_kind(kind: str) -> list[RequestCase]:
    return [case for case in REQUESTS.cases if case.kind == kind]


def test_lifestyles_are_divided_once_and_for_all() -> None:
    splits = Counter(map(split_of, TRUTH.lifestyles))
    assert splits == {"train": 37, "valid": 9, "test": 18}
    assert {case.group for case in REQUESTS.cases} == {
        lifestyle for lifestyle in TRUTH.lifestyles if split_of(lifestyle) == "test"
    }


def test_each_lifestyle_asks_in_all_kinds_and_nothing_twice() -> None:
    assert len(REQUESTS.cases) >= 0.97 * 18 * PER_LIFESTYLE
    kinds = Counter((case.group, case.kind) for case in REQUESTS.cases)
    assert len(kinds) == 18 * 3
    assert min(kinds.values()) >= 8
    assert len({case.query for case in REQUESTS.cases}) == len(REQUESTS.cases)
    assert len({case.query_id for case in REQUESTS.cases}) == len(REQUESTS.cases)


def test_what_answers_is_on_sale_and_of_a_kind_that_the_lifestyle_buys() -> None:
    for case in REQUESTS.cases:
        rows = case.satisfying.tolist()
        assert rows == sorted(set(rows))
        assert rows
        assert set(rows) <= set(SNAPSHOT.products.tolist())
        assert {leaf_of(row) for row in rows} <= leaves_of(case.group), case.query


def test_a_kind_that_is_named_is_what_answers_within_the_limit() -> None:
    for case in of_kind("explicit"):
        [leaf] = {leaf_of(row) for row in case.satisfying.tolist()}
        assert leaf.lower().replace("&", "and") in case.query
        limit = re.search(r"(\d+) dollars", case.query)
        sold = [row for row in SNAPSHOT.products.tolist() if leaf_of(row) == leaf]
        within = [row for row in sold if limit is None or CATALOGUE.prices[row] <= float(limit[1])]
        assert case.satisfying.tolist() == within
        assert case.conditions == 1 + (limit is not None)
        assert (case.stated is None) == (limit is not None)  # a condition of a price is no value


def test_through_a_product_its_kind_or_the_others_of_the_lifestyle_answer() -> None:
    seen = set()
    for case in of_kind("implicit"):
        title = QUOTED.search(case.query)
        if title is None or title[1] not in CATALOGUE.product_titles:
            assert {leaf_of(row) for row in case.satisfying.tolist()} == leaves_of(case.group)
            continue
        named = CATALOGUE.product_titles.index(title[1])
        assert named not in case.satisfying
        own = {leaf_of(row) for row in case.satisfying.tolist()}
        seen.add(own == {leaf_of(named)})
        if own == {leaf_of(named)}:
            assert CATALOGUE.prices[case.satisfying].max() < CATALOGUE.prices[named]
        else:
            assert own == leaves_of(case.group) - {leaf_of(named)}
    assert seen == {True, False}


def test_a_misinformed_request_says_something_false_and_the_truth_answers() -> None:
    labels = {path[-1].lower().replace("&", "and"): path[-1] for path in CATALOGUE.leaves}
    false_kinds = 0
    for case in of_kind("misinformed"):
        title = QUOTED.search(case.query)
        assert title is not None
        named = CATALOGUE.product_titles.index(title[1])
        assert {leaf_of(row) for row in case.satisfying.tolist()} == {leaf_of(named)}
        rest = case.query.replace(title[0], "")
        claimed = [label for label in labels if re.search(rf"(under|your) {re.escape(label)}[,.]", rest)]
        false_kinds += len(claimed)
        assert leaf_of(named) not in {labels[label] for label in claimed}
        if not claimed:
            [price] = re.findall(r"(\d+) dollars", rest)
            assert float(price) != CATALOGUE.prices[named]
            assert CATALOGUE.prices[case.satisfying].max() < CATALOGUE.prices[named]
    assert false_kinds > 50


def test_lists_hold_one_product_that_answers_and_nineteen_that_do_not() -> None:
    for case in REQUESTS.cases:
        for choice in case.choices.values():
            assert choice.positive in choice.rows
            assert np.isin(choice.rows, case.satisfying).sum() == 1
        assert len(case.choices["random"].rows) == 20
        near = {
            CATALOGUE.leaves[CATALOGUE.product_leaves[row]][0] for row in case.choices["same section"].rows
        }
        assert len(near) == 1


def test_a_seed_makes_the_same_requests_and_a_lifestyle_does_not_depend_on_others() -> None:
    again = shopper_requests(SNAPSHOT, split="test", seed=0)
    assert [case.query for case in again.cases] == [case.query for case in REQUESTS.cases]
    assert [case.satisfying.tolist() for case in again.cases] == [
        case.satisfying.tolist() for case in REQUESTS.cases
    ]
    other = shopper_requests(SNAPSHOT, split="test", seed=1)
    assert [case.query for case in other.cases] != [case.query for case in REQUESTS.cases]


def test_the_wording_is_not_that_of_training() -> None:
    def sentences(module: object) -> set[str]:
        return {text for name, own in vars(module).items() if name.isupper() for text in own}

    def words(text: str) -> set[str]:
        return set(re.findall(r"[a-z]+", re.sub(r"\{.*?\}", "", text.lower())))

    trained = [words(text) for text in sentences(templates)]
    for sentence in sentences(request_wording):
        own = words(sentence)
        assert all(len(own & other) / len(own | other) < 0.5 for other in trained), sentence


def test_another_shop_is_a_mistake_that_is_named() -> None:
    with pytest.raises(AirloomError, match="another shop"):
        shopper_requests(world_snapshot(["thing"] * len(CATALOGUE.product_ids)), split="test", seed=0)
