"""Both kinds of tails keep the same promises."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_service.users.redis_tails import PREFIX, RedisTails
from model_service.users.tails import KEPT_EVENTS, KEPT_SECONDS, MemoryTails, TailEvent, Tails

NOW = 1_772_000_000
_numbers = count()

events = st.builds(
    TailEvent,
    event_id=st.integers(0, 30).map(lambda number: f"e{number}"),
    timestamp=st.integers(NOW - 100, NOW),
    action=st.sampled_from(["view", "order"]),
    object_id=st.sampled_from(["v1", "p 2", "p:3", "чай"]),
)


@pytest.fixture(scope="module", params=["memory", "redis"])
def tails(request: pytest.FixtureRequest) -> Tails:
    if request.param == "memory":
        return MemoryTails()
    return RedisTails(request.getfixturevalue("redis_server").client())


@pytest.fixture
def user(tails: Tails) -> Callable[[], str]:
    """Somebody whom nobody knows yet, every time."""
    return lambda: f"u{next(_numbers)}"


def event(number: int, *, at: int = NOW) -> TailEvent:
    return TailEvent(f"e{number:04}", at, "view", f"v{number}")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(events, max_size=20, unique_by=lambda each: each.event_id), st.randoms())
def test_neither_order_nor_repetition_matters(
    tails: Tails, user: Callable[[], str], some: list[TailEvent], random: Random
) -> None:
    one, other = user(), user()
    assert tails.add(one, some) == len(some)
    shuffled = list(some)
    random.shuffle(shuffled)
    for each in [*shuffled, *some]:
        tails.add(other, [each])
    assert tails.add(other, some) == 0
    assert tails.read(one) == tails.read(other)
    assert tails.read(one) == sorted(some, key=lambda each: (each.timestamp, each.event_id))


def test_the_first_of_two_events_with_one_id_counts(tails: Tails, user: Callable[[], str]) -> None:
    mine = user()
    first = event(1)
    assert tails.add(mine, [first, first._replace(object_id="v9")]) == 1
    assert tails.add(mine, [first._replace(object_id="v8")]) == 0
    assert tails.read(mine) == [first]


def test_the_newest_are_kept_whenever_they_came(tails: Tails, user: Callable[[], str]) -> None:
    mine = user()
    all_of_them = [event(number, at=NOW - 1000 + number) for number in range(KEPT_EVENTS + 40)]
    for start in (100, 0, 50):
        tails.add(mine, all_of_them[start : start + 50])
    assert tails.read(mine) == all_of_them[-KEPT_EVENTS:]


def test_what_is_days_older_than_the_newest_is_not_shown(tails: Tails, user: Callable[[], str]) -> None:
    mine = user()
    tails.add(mine, [event(1, at=NOW - KEPT_SECONDS), event(2, at=NOW - KEPT_SECONDS + 1), event(3)])
    assert tails.read(mine) == [event(2, at=NOW - KEPT_SECONDS + 1), event(3)]


def test_what_is_known_can_be_asked(tails: Tails, user: Callable[[], str]) -> None:
    mine = user()
    tails.add(mine, [event(1), event(2)])
    assert tails.known(mine, ["e0002", "e0003"]) == {"e0002"}
    assert tails.known(user(), ["e0002"]) == set()
    assert tails.known(mine, []) == set()


def test_somebody_can_be_forgotten(tails: Tails, user: Callable[[], str]) -> None:
    mine, other = user(), user()
    tails.add(mine, [event(1)])
    tails.add(other, [event(2)])
    assert tails.forget(mine)
    assert tails.read(mine) == []
    assert tails.read(other) == [event(2)]
    assert not tails.forget(mine)


def test_memory_keeps_the_users_who_did_something_last() -> None:
    tails = MemoryTails(most_users=2)
    for name in ("a", "b", "a", "c"):
        tails.add(name, [event(next(_numbers))])
    assert tails.read("b") == []
    assert len(tails.read("a")) == 2
    assert len(tails.read("c")) == 1


def test_what_is_no_event_in_redis_is_left_out(request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue("redis_server").client()
    tails = RedisTails(client)
    tails.add("broken", [event(1)])
    client.hset(PREFIX + "broken", mapping={"x": "soup", "y": b"\xff\xfe 1 2", "z": "12 view"})
    assert tails.read("broken") == [event(1)]


def test_redis_forgets_those_who_do_not_come_back(request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue("redis_server").client()
    RedisTails(client).add("away", [event(1)])
    assert 0 < client.ttl(PREFIX + "away") <= KEPT_SECONDS
