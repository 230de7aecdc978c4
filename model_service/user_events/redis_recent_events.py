"""Recent events in Redis: shared by all processes of a service, and there after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from redis import Redis
from redis.exceptions import ResponseError

from airloom.logs.contract import ACTIONS
from airloom.timestamps import seconds_of
from feature_repo.redis_timeouts import set_timeouts
from model_service.api.fields import MAX_CLOCK_SKEW
from model_service.user_events.recent_events import (
    MAX_AGE_S,
    MAX_RECENT_EVENTS,
    KeptEvents,
    RecentEvent,
    newest,
)

PREFIX: Final = "airloom:tail:"

_ADD: Final = """
local events = KEYS[1]
local new = 0
for i = 4, #ARGV, 2 do
  new = new + redis.call('HSETNX', events, ARGV[i], ARGV[i + 1])
end
if redis.call('HLEN', events) > tonumber(ARGV[1]) then
  local order = {}
  local all = redis.call('HGETALL', events)
  for i = 1, #all, 2 do
    local seconds = tonumber(string.match(all[i + 1], '^(%d+) ') or '0')
    if seconds > tonumber(ARGV[3]) then seconds = 0 end
    order[#order + 1] = {seconds, all[i]}
  end
  table.sort(order, function(one, other)
    if one[1] ~= other[1] then return one[1] < other[1] end
    return one[2] < other[2]
  end)
  for i = 1, #order - tonumber(ARGV[1]) do redis.call('HDEL', events, order[i][2]) end
end
redis.call('EXPIRE', events, ARGV[2])
return new
"""


def connect(url: str, *, timeout_s: float) -> Redis:
    """Return a client that fails soon.

    Args:
        url: `redis://[:password@]host:port/database`; it is connected to when it is first used.
        timeout_s: Seconds to wait, for a connection and for an answer.

    Raises:
        ValueError: It is no such URL.
    """
    client = Redis.from_url(url, protocol=2)
    set_timeouts(client, timeout_s)
    return client


class RedisRecentEvents:
    """A hash for each user: event id to `<seconds> <action> <object id>`; one script adds, so atomically.

    What others wrote there is left out and counted; it is the first to be dropped.

    Args:
        client: From `connect`; a page waits for its timeout at most.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._add = client.register_script(_ADD)

    def add(self, user_id: str, events: Sequence[RecentEvent]) -> int:
        """See `RecentEventStore`."""
        arguments: list[Any] = [MAX_RECENT_EVENTS, MAX_AGE_S, _max_timestamp()]
        for event in events:
            arguments += [event.event_id, f"{event.timestamp} {event.action} {event.object_id}"]
        return int(cast("int", self._add(keys=[PREFIX + user_id], args=arguments)))

    def read(self, user_id: str) -> KeptEvents:
        """See `RecentEventStore`."""
        try:
            stored = cast("dict[bytes, bytes]", self._client.hgetall(PREFIX + user_id))
        except ResponseError as error:
            if "WRONGTYPE" in str(error):
                raise ValueError("what is kept of a user is no hash") from error
            raise
        events, latest = [], _max_timestamp()
        for event_id, value in stored.items():
            try:
                events.append(_parse(event_id, value, latest=latest))
            except ValueError:
                continue
        return KeptEvents(newest(events), damaged=len(stored) - len(events))

    def erase(self, user_id: str) -> bool:
        """See `RecentEventStore`."""
        return bool(self._client.delete(PREFIX + user_id))


def _parse(event_id: bytes, value: bytes, *, latest: int) -> RecentEvent:
    """Return the event of a field.

    Raises:
        ValueError: It holds none, or one that happens after `latest`, which would outlive all others.
    """
    timestamp, action, object_id = value.decode().split(" ", 2)
    event = RecentEvent(event_id.decode(), int(timestamp), action, object_id)
    if not 0 <= event.timestamp <= latest or action not in ACTIONS:
        raise ValueError("no event")
    return event


def _max_timestamp() -> int:
    """Return the latest second that a process with another clock may have written."""
    return seconds_of(datetime.now(UTC) + MAX_CLOCK_SKEW)
