from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.bench.eval_cases import full_ranks, load_eval_cases, sampled_ranks, save_eval_cases
from airloom.errors import AirloomError
from tests.airloom.bench.small_results import DOMAINS, IS_PRODUCT, case, small_eval_cases
from tests.airloom.ranking.fixed_scores import FixedScores


@given(st.integers(0, 5), st.integers(1, 60))
def test_a_target_stands_first_among_different_products_of_its_own_domain(seed: int, negatives: int) -> None:
    cases = small_eval_cases(negatives=negatives, seed=seed)
    for one, domain, candidates in zip(cases.examples, cases.domain_of_case, cases.candidates, strict=True):
        assert candidates[0] == one.target
        assert len(np.unique(candidates)) == len(candidates)
        assert {DOMAINS[row] for row in candidates} == {domain}
        assert len(candidates) == 1 + min(negatives, len(cases.products[domain]) - 1)


def test_only_the_seed_decides() -> None:
    assert small_eval_cases(seed=1).digest == small_eval_cases(seed=1).digest
    assert small_eval_cases(seed=1).digest != small_eval_cases(seed=2).digest


def test_what_the_user_had_bought_may_be_drawn() -> None:
    cases = small_eval_cases([case("ann", 10, seen=[11, 12])], negatives=39)
    assert {11, 12} <= set(cases.candidates[0].tolist())


def test_every_other_product_is_drawn_equally_often() -> None:
    cases = small_eval_cases([case("ann", 10)] * 2000, negatives=13)
    counts = np.bincount(np.concatenate([candidates[1:] for candidates in cases.candidates]), minlength=80)[
        11:50
    ]
    assert counts.min() > 550 < 2000 * 13 / 39 < counts.max() < 790


def test_ties_count_against_the_target_and_nan_is_last() -> None:
    cases = small_eval_cases(negatives=20)
    assert (sampled_ranks(FixedScores(np.zeros(80, np.float32)), cases, title="ties") == 21).all()
    assert (sampled_ranks(FixedScores(np.full(80, np.nan, np.float32)), cases, title="nan") == 21).all()
    knowing = FixedScores(np.isin(np.arange(80), cases.targets[:1]).astype(np.float32))
    assert sampled_ranks(knowing, cases, title="knows")[0] == 1


def test_among_all_products_a_target_meets_those_of_its_domain_alone() -> None:
    cases = small_eval_cases(negatives=5)
    rows = np.array([3, 0])  # a kitchen thing and a food
    descending = FixedScores(-np.arange(80, dtype=np.float32))
    assert full_ranks(descending, cases, rows).tolist() == [2, 1]
    assert full_ranks(FixedScores(np.zeros(80, np.float32)), cases, rows).tolist() == [30, 40]


def test_what_was_saved_is_the_same_contest(tmp_path: Path) -> None:
    cases = small_eval_cases(negatives=35)  # more than there are kitchen things
    save_eval_cases(tmp_path / "negatives.npy", cases)
    again = load_eval_cases(
        tmp_path / "negatives.npy", cases.examples, domains=DOMAINS, is_product=IS_PRODUCT
    )
    assert again.digest == cases.digest
    assert [candidates.tolist() for candidates in again.candidates] == [
        candidates.tolist() for candidates in cases.candidates
    ]
    assert again.domain_of_case == cases.domain_of_case


def test_a_file_of_other_cases_or_products_is_refused(tmp_path: Path) -> None:
    cases, path = small_eval_cases(), tmp_path / "negatives.npy"
    save_eval_cases(path, cases)
    with pytest.raises(AirloomError, match=r"made for other cases\. Delete the file"):
        load_eval_cases(path, cases.examples[1:], domains=DOMAINS, is_product=IS_PRODUCT)
    with pytest.raises(AirloomError, match="made for other products of food"):
        load_eval_cases(
            path,
            cases.examples,
            domains=[*DOMAINS[:30], *["toys"] * 20, *DOMAINS[50:]],
            is_product=IS_PRODUCT,
        )
    path.write_bytes(b"no table")
    with pytest.raises(AirloomError, match="holds no negatives"):
        load_eval_cases(path, cases.examples, domains=DOMAINS, is_product=IS_PRODUCT)


def test_nothing_to_rank_is_named() -> None:
    with pytest.raises(AirloomError, match="There is no case to rank"):
        small_eval_cases([])
    with pytest.raises(AirloomError, match=r"1 of 2 targets are no products \(the first is object 4\)"):
        small_eval_cases([case("ann", 10), case("ann", 4)])
