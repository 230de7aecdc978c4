from __future__ import annotations

from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.statistics.associations import ASSOCIATIONS, MAX_PER_USER, OCCURRENCES, associations
from airloom.timestamps import MICROS_PER_DAY

Occurrence = tuple[str, int, int]
OCCURRENCE = st.tuples(st.sampled_from("abcdef"), st.integers(0, 3), st.integers(0, 9))


def table(rows: list[Occurrence]) -> pa.Table:
    users, keys, days = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table([users, keys, [day * MICROS_PER_DAY for day in days]], schema=OCCURRENCES)


def together(rows: list[Occurrence], *, days: float = 2.0, min_users: int = 1) -> dict[tuple[int, int], int]:
    done = associations(table(rows), table(rows), before_days=days, after_days=days, min_users=min_users)
    pairs = zip(done["source"].to_pylist(), done["target"].to_pylist(), strict=True)
    return dict(zip(pairs, done["users"].to_pylist(), strict=True))


@settings(deadline=None, max_examples=30)
@given(st.lists(OCCURRENCE, max_size=25))
def test_users_of_a_pair_are_counted_once_and_only_pairs_above_chance_stay(rows: list[Occurrence]) -> None:
    users_of = {key: {user for user, own, _ in rows if own == key} for _, key, _ in rows}
    everybody = {user for user, _, _ in rows}
    expected = {}
    for source, target in product(users_of, users_of):
        both = {
            user
            for (user, key, day), (other, other_key, later) in product(rows, rows)
            if (user, key, other_key) == (other, source, target) and abs(later - day) <= 2
        }
        chance = len(users_of[source]) * len(users_of[target]) / len(everybody)
        if source != target and both and len(both) > chance:
            expected[source, target] = len(both)

    assert together(rows) == expected


def test_a_pair_of_too_few_users_is_left_out() -> None:
    rows = [(user, key, 0) for user in "abc" for key in (1, 2)] + [("d", 3, 0), ("e", 4, 0)]

    assert together(rows, min_users=3) == {(1, 2): 3, (2, 1): 3}
    assert together(rows, min_users=4) == {}


def test_what_came_before_is_not_what_came_after() -> None:
    watched = table([(user, 7, 3) for user in "ab"])
    bought = table([(user, 8, 5) for user in "ab"] + [("c", 9, 5), ("a", 9, 1), ("b", 9, 1)])

    then = associations(watched, bought, before_days=0, after_days=3, min_users=1)

    assert [(row["source"], row["target"], row["users"]) for row in then.to_pylist()] == [(7, 8, 2)]


def test_popular_keys_need_more_users_in_common() -> None:
    users = [f"u{number}" for number in range(20)]
    popular = [(user, 1, 0) for user in users]
    rare = [(user, key, 0) for user in users[:4] for key in (2, 3)]

    done = associations(
        table(popular + rare), table(popular + rare), before_days=1, after_days=1, min_users=2
    )

    assert {(row["source"], row["target"]) for row in done.to_pylist()} == {(2, 3), (3, 2)}
    assert done["z"].to_pylist() == pytest.approx([(4 - 0.8) / 0.8**0.5] * 2)


def test_only_the_newest_occurrences_of_a_user_are_paired() -> None:
    busy = [("a", key, key) for key in range(MAX_PER_USER + 1)] + [("b", MAX_PER_USER, 0)]

    assert (0, 1) not in together(busy)
    assert (1, 2) in together(busy)


def test_without_occurrences_nothing_is_associated() -> None:
    empty = OCCURRENCES.empty_table()

    assert associations(empty, empty, before_days=1, after_days=1, min_users=1).equals(
        ASSOCIATIONS.empty_table()
    )
