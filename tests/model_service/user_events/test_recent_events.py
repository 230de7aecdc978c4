"""Both kinds of tails keep the same promises."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_service.user_events.recent_events import (
    MAX_AGE_S,
    MAX_RECENT_EVENTS,
    KeptEvents,
    MemoryRecentEvents,
    RecentEvent,
    RecentEventStore,
)
from model_service.user_events.redis_recent_events import PREFIX, RedisRecentEvents

NOW = 1_772_000_000
DAMAGED = {
    "a": "soup",
    "b": b"\xff\xfe 1 2",
    "c": "12 view",
    "d": "99999999999999999999999999 view c0680",
    "e": f"{NOW + 100 * 365 * 86_400} view c0680",
    "f": "-5 view c0680",
    "g": f"{NOW} stare c0680",
    "h": f"{'9' * 5_000} view c0680",
    b"\xff": f"{NOW} view c0680",
}
"""What others wrote; "g" and the last one have a time, and are dropped like events of that time."""
_numbers = count()

events = st.builds(
    RecentEvent,
    event_id=st.integers(0, 30).map(lambda number: f"e{number}"),
    timestamp=st.integers(NOW - 100, NOW),
    action=st.sampled_from(["view", "order"]),
    object_id=st.sampled_from(["v1", "p 2", "p:3", "чай"]),
)


@pytest.fixture(scope="module", params=["memory", "redis"])
def recent_events(request: pytest.FixtureRequest) -> RecentEventStore:
    if request.param == "memory":
        return MemoryRecentEvents()
    return RedisRecentEvents(request.getfixturevalue("redis_server").client())


@pytest.fixture
def user(recent_events: RecentEventStore) -> Callable[[], str]:
    """Somebody whom nobody knows yet, every time."""
    return lambda: f"u{next(_numbers)}"


def event(number: int, *, at: int = NOW) -> RecentEvent:
    return RecentEvent(f"e{number:04}", at, "view", f"v{number}")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(events, max_size=20, unique_by=lambda event: event.event_id), st.randoms())
def test_neither_order_nor_repetition_matters(
    recent_events: RecentEventStore, user: Callable[[], str], some: list[RecentEvent], random: Random
) -> None:
    one, other = user(), user()
    assert recent_events.add(one, some) == len(some)
    shuffled = list(some)
    random.shuffle(shuffled)
    for event in [*shuffled, *some]:
        recent_events.add(other, [event])
    assert recent_events.add(other, some) == 0
    assert recent_events.read(one).events == recent_events.read(other).events
    assert recent_events.read(one).events == sorted(some, key=lambda event: (event.timestamp, event.event_id))


def test_the_first_of_two_events_with_one_id_counts(
    recent_events: RecentEventStore, user: Callable[[], str]
) -> None:
    mine = user()
    first = event(1)
    assert recent_events.add(mine, [first, first._replace(object_id="v9")]) == 1
    assert recent_events.add(mine, [first._replace(object_id="v8")]) == 0
    assert recent_events.read(mine).events == [first]


def test_the_newest_are_kept_whenever_they_came(
    recent_events: RecentEventStore, user: Callable[[], str]
) -> None:
    mine = user()
    all_of_them = [event(number, at=NOW - 1000 + number) for number in range(MAX_RECENT_EVENTS + 40)]
    for start in (100, 0, 50):
        recent_events.add(mine, all_of_them[start : start + 50])
    assert recent_events.read(mine).events == all_of_them[-MAX_RECENT_EVENTS:]


def test_what_is_days_older_than_the_newest_is_not_shown(
    recent_events: RecentEventStore, user: Callable[[], str]
) -> None:
    mine = user()
    recent_events.add(mine, [event(1, at=NOW - MAX_AGE_S), event(2, at=NOW - MAX_AGE_S + 1), event(3)])
    assert recent_events.read(mine).events == [event(2, at=NOW - MAX_AGE_S + 1), event(3)]


def test_somebody_can_be_forgotten(recent_events: RecentEventStore, user: Callable[[], str]) -> None:
    mine, other = user(), user()
    recent_events.add(mine, [event(1)])
    recent_events.add(other, [event(2)])
    assert recent_events.erase(mine)
    assert recent_events.read(mine).events == []
    assert recent_events.read(other).events == [event(2)]
    assert not recent_events.erase(mine)


def test_memory_keeps_the_users_who_did_something_last() -> None:
    recent_events = MemoryRecentEvents(max_users=2)
    for name in ("a", "b", "a", "c"):
        recent_events.add(name, [event(next(_numbers))])
    assert recent_events.read("b").events == []
    assert len(recent_events.read("a").events) == 2
    assert len(recent_events.read("c").events) == 1


def test_what_is_no_event_in_redis_is_left_out(request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue("redis_server").client()
    recent_events = RedisRecentEvents(client)
    recent_events.add("broken", [event(1)])
    client.hset(PREFIX + "broken", mapping=DAMAGED)
    assert recent_events.read("broken") == KeptEvents([event(1)], damaged=len(DAMAGED))


def test_what_is_no_event_is_dropped_first(request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue("redis_server").client()
    recent_events = RedisRecentEvents(client)
    client.hset(PREFIX + "full", mapping={name: DAMAGED[name] for name in "abcdefh"})
    sent = [event(number, at=NOW - number) for number in range(MAX_RECENT_EVENTS)]
    recent_events.add("full", sent)
    assert recent_events.read("full") == KeptEvents(sent[::-1], damaged=0)


def test_redis_forgets_those_who_do_not_come_back(request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue("redis_server").client()
    RedisRecentEvents(client).add("away", [event(1)])
    assert 0 < client.ttl(PREFIX + "away") <= MAX_AGE_S
