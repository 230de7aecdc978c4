from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.bench.protocol import full_ranks, load, sampled_ranks, save
from airloom.errors import AirloomError
from tests.airloom.bench.small_contest import DOMAINS, IS_PRODUCT, case, small_contest
from tests.airloom.ranking.fixed_scores import FixedScores


@given(st.integers(0, 5), st.integers(1, 60))
def test_a_target_stands_first_among_different_products_of_its_own_domain(seed: int, negatives: int) -> None:
    found = small_contest(negatives=negatives, seed=seed)
    for one, domain, some in zip(found.cases, found.domain_of_case, found.candidates, strict=True):
        assert some[0] == one.target
        assert len(np.unique(some)) == len(some)
        assert {DOMAINS[row] for row in some} == {domain}
        assert len(some) == 1 + min(negatives, len(found.everything[domain]) - 1)


def test_the_seed_alone_decides() -> None:
    assert small_contest(seed=1).digest == small_contest(seed=1).digest
    assert small_contest(seed=1).digest != small_contest(seed=2).digest


def test_what_the_user_had_bought_may_be_drawn() -> None:
    found = small_contest([case("ann", 10, seen=[11, 12])], negatives=39)
    assert {11, 12} <= set(found.candidates[0].tolist())


def test_every_other_product_is_drawn_equally_often() -> None:
    found = small_contest([case("ann", 10)] * 2000, negatives=13)
    counts = np.bincount(np.concatenate([some[1:] for some in found.candidates]), minlength=80)[11:50]
    assert counts.min() > 550 < 2000 * 13 / 39 < counts.max() < 790


def test_ties_count_against_the_target_and_nan_is_last() -> None:
    found = small_contest(negatives=20)
    assert (sampled_ranks(FixedScores(np.zeros(80, np.float32)), found, what="ties") == 21).all()
    assert (sampled_ranks(FixedScores(np.full(80, np.nan, np.float32)), found, what="nan") == 21).all()
    knowing = FixedScores(np.isin(np.arange(80), found.targets[:1]).astype(np.float32))
    assert sampled_ranks(knowing, found, what="knows")[0] == 1


def test_among_all_products_a_target_meets_those_of_its_domain_alone() -> None:
    found = small_contest(negatives=5)
    rows = np.array([3, 0])  # a kitchen thing and a food
    descending = FixedScores(-np.arange(80, dtype=np.float32))
    assert full_ranks(descending, found, rows).tolist() == [2, 1]
    assert full_ranks(FixedScores(np.zeros(80, np.float32)), found, rows).tolist() == [30, 40]


def test_what_was_saved_is_the_same_contest(tmp_path: Path) -> None:
    found = small_contest(negatives=35)  # more than there are kitchen things
    save(tmp_path / "negatives.npy", found)
    again = load(tmp_path / "negatives.npy", found.cases, domains=DOMAINS, is_product=IS_PRODUCT)
    assert again.digest == found.digest
    assert [some.tolist() for some in again.candidates] == [some.tolist() for some in found.candidates]
    assert again.domain_of_case == found.domain_of_case


def test_a_file_of_other_cases_or_products_is_refused(tmp_path: Path) -> None:
    found, path = small_contest(), tmp_path / "negatives.npy"
    save(path, found)
    with pytest.raises(AirloomError, match=r"made for other cases\. Delete the file"):
        load(path, found.cases[1:], domains=DOMAINS, is_product=IS_PRODUCT)
    with pytest.raises(AirloomError, match="made for other products of food"):
        load(path, found.cases, domains=[*DOMAINS[:30], *["toys"] * 20, *DOMAINS[50:]], is_product=IS_PRODUCT)
    path.write_bytes(b"no table")
    with pytest.raises(AirloomError, match="holds no negatives"):
        load(path, found.cases, domains=DOMAINS, is_product=IS_PRODUCT)


def test_nothing_to_rank_is_named() -> None:
    with pytest.raises(AirloomError, match="There is no case to rank"):
        small_contest([])
    with pytest.raises(AirloomError, match=r"1 of 2 targets are no products \(the first is object 4\)"):
        small_contest([case("ann", 10), case("ann", 4)])
