from __future__ import annotations

import pytest
from redis import Redis

from model_service.user_events.redis_event_ids import PREFIX, WINDOW_S, RedisEventIds
from tests.model_service.stopped_clock import StoppedClock
from tests.redis_server import RedisServer


@pytest.fixture
def client(redis_server: RedisServer) -> Redis:
    client = redis_server.client()
    client.flushdb()
    return client


def test_what_one_machine_accepted_another_knows(client: Redis) -> None:
    one, other = RedisEventIds(client), RedisEventIds(client)
    one.add({"u": ["e1", "e2"], "用户-🐈": ["e1"]})
    assert other.known({"u": ["e1", "e3"], "用户-🐈": ["e1", "e2"], "nobody": ["e1"]}) == {
        ("u", "e1"),
        ("用户-🐈", "e1"),
    }
    assert other.known({}) == set()


def test_an_id_is_known_for_the_window_after_it_was_first_accepted(client: Redis) -> None:
    clock = StoppedClock(1_772_366_400)
    ids = RedisEventIds(client, clock=clock)
    ids.add({"u": ["e1"]})
    clock.seconds += WINDOW_S
    assert ids.known({"u": ["e1"]}) == {("u", "e1")}
    ids.add({"u": ["e1", "e2"]})
    clock.seconds += 1
    assert ids.known({"u": ["e1", "e2"]}) == {("u", "e2")}
    ids.add({"u": ["e1"]})
    assert client.zcard(PREFIX + "u") == 2
    assert ids.known({"u": ["e1"]}) == {("u", "e1")}


def test_ids_of_users_who_do_not_come_back_go(client: Redis) -> None:
    RedisEventIds(client).add({"u": ["e1"]})
    assert 0 < client.ttl(PREFIX + "u") <= WINDOW_S


def test_a_user_can_be_erased(client: Redis) -> None:
    ids = RedisEventIds(client)
    ids.add({"u": ["e1"], "w": ["e1"]})
    ids.erase("u")
    assert ids.known({"u": ["e1"], "w": ["e1"]}) == {("w", "e1")}


def test_redis_is_told_digests_only(client: Redis) -> None:
    RedisEventIds(client).add({"u": ["the-event-of-ann"]})
    assert all(b"ann" not in member for member in client.zrange(PREFIX + "u", 0, -1))
