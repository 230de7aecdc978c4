from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.experiments.assignment import assign, hash_bucket
from airloom.experiments.experiment import Experiment, Variant
from airloom.settings import as_dict, parse

HALVES = Experiment(
    name="air-against-item-cf",
    variants=(Variant("item_cf", 0.5, "item_cf"), Variant("air", 0.5, "air")),
    salt="2026",
    control="item_cf",
)
USERS = [f"user-{number}" for number in range(20_000)]


@given(user=st.text(max_size=40), salt=st.text(max_size=10))
def test_the_same_user_always_gets_the_same_variant(user: str, salt: str) -> None:
    experiment = replace(HALVES, salt=salt)
    assert assign(experiment, user) == assign(replace(experiment), user)
    assert 0 <= hash_bucket(experiment, user) < 1


def test_the_positions_are_fixed_so_that_other_programs_can_reproduce_them() -> None:
    assert hash_bucket(HALVES, "u1") == 0.22143304672262842
    assert hash_bucket(HALVES, "猫🐈") == 0.8182141221003986


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.2, 0.3, 0.5)])
def test_shares_are_met_within_binomial_bounds(shares: tuple[float, ...]) -> None:
    variants = tuple(Variant(f"v{number}", share, "popularity") for number, share in enumerate(shares))
    experiment = Experiment("shares", variants, "salt", "v0")
    given_names = np.array([assign(experiment, user).name for user in USERS])
    for variant in variants:
        deviation = np.sqrt(variant.share * (1 - variant.share) / len(USERS))
        assert abs((given_names == variant.name).mean() - variant.share) < 4 * deviation


@pytest.mark.parametrize("other", [replace(HALVES, name="another"), replace(HALVES, salt="2027")])
def test_experiments_and_salts_assign_independently(other: Experiment) -> None:
    here = np.array([assign(HALVES, user).name == "air" for user in USERS])
    there = np.array([assign(other, user).name == "air" for user in USERS])
    assert abs(np.corrcoef(here, there)[0, 1]) < 4 / np.sqrt(len(USERS))


def test_a_variant_added_at_the_end_takes_users_only_from_the_last_one() -> None:
    wider = replace(
        HALVES,
        variants=(HALVES.variants[0], replace(HALVES.variants[1], share=0.3), Variant("new", 0.2, "air")),
    )
    for user in USERS[:2_000]:
        before, after = assign(HALVES, user).name, assign(wider, user).name
        assert before == after or (before, after) == ("air", "new")


def test_shares_that_fall_short_of_one_by_rounding_still_place_every_user() -> None:
    tenths = tuple(Variant(str(number), 0.1, "air") for number in range(10))
    experiment = Experiment("tenths", tenths, "salt", "0")
    assert {assign(experiment, user).name for user in USERS[:500]} == {str(number) for number in range(10)}


def test_an_experiment_travels_as_a_dictionary() -> None:
    assert parse(Experiment, as_dict(HALVES)) == HALVES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"variants": (Variant("a", 0.5, "air"), Variant("b", 0.56, "air")), "control": "a"},
            "shares add up to 1.06; they must add up to 1",
        ),
        (
            {"variants": (Variant("a", 1.5, "air"), Variant("b", -0.5, "air")), "control": "a"},
            "share of a is 1.5; it must be above 0 and at most 1",
        ),
        ({"variants": (Variant("a", float("nan"), "air"),), "control": "a"}, "share of a is nan"),
        ({"variants": (Variant("a", 0.5, "air"), Variant("a", 0.5, "air")), "control": "a"}, "share a name"),
        ({"control": "nobody"}, "the control 'nobody'"),
        ({"variants": ()}, "at least one variant"),
        ({"name": ""}, "lacks a name"),
    ],
)
def test_a_bad_experiment_says_what_is_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(AirloomError, match=message):
        replace(HALVES, **change)  # type: ignore[arg-type]


def test_an_unknown_variant_is_named_with_those_that_exist() -> None:
    assert HALVES.variant("air").ranker == "air"
    with pytest.raises(AirloomError, match=r"no variant 'airr'.*item_cf, air"):
        HALVES.variant("airr")
