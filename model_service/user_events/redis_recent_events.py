"""Recent events in Redis: shared by all processes of a service, and there after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from redis import Redis
from redis.exceptions import ResponseError

from feature_repo.redis_timeouts import set_timeouts
from model_service.user_events.recent_events import MAX_AGE_S, MAX_RECENT_EVENTS, RecentEvent, newest

PREFIX: Final = "airloom:tail:"

_ADD: Final = """
local events = KEYS[1]
local new = 0
for i = 3, #ARGV, 2 do
  new = new + redis.call('HSETNX', events, ARGV[i], ARGV[i + 1])
end
if redis.call('HLEN', events) > tonumber(ARGV[1]) then
  local order = {}
  local all = redis.call('HGETALL', events)
  for i = 1, #all, 2 do
    order[#order + 1] = {tonumber(string.match(all[i + 1], '^%d+')), all[i]}
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

    Args:
        client: From `connect`; a page waits for its timeout at most.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._add = client.register_script(_ADD)

    def add(self, user_id: str, events: Sequence[RecentEvent]) -> int:
        """See `RecentEventStore`."""
        arguments: list[Any] = [MAX_RECENT_EVENTS, MAX_AGE_S]
        for event in events:
            arguments += [event.event_id, f"{event.timestamp} {event.action} {event.object_id}"]
        return int(cast("int", self._add(keys=[PREFIX + user_id], args=arguments)))

    def read(self, user_id: str) -> list[RecentEvent]:
        """See `RecentEventStore`; fields that hold no event are left out."""
        try:
            stored = cast("dict[bytes, bytes]", self._client.hgetall(PREFIX + user_id))
        except ResponseError as error:
            if "WRONGTYPE" in str(error):
                raise ValueError("what is kept of a user is no hash") from error
            raise
        events = []
        for event_id, value in stored.items():
            try:
                timestamp, action, object_id = value.decode().split(" ", 2)
                events.append(RecentEvent(event_id.decode(), int(timestamp), action, object_id))
            except ValueError:
                continue
        return newest(events)

    def known_ids(self, user_id: str, event_ids: Sequence[str]) -> set[str]:
        """See `RecentEventStore`."""
        if not event_ids:
            return set()
        values = cast("list[bytes | None]", self._client.hmget(PREFIX + user_id, list(event_ids)))
        return {event_id for event_id, value in zip(event_ids, values, strict=True) if value is not None}

    def erase(self, user_id: str) -> bool:
        """See `RecentEventStore`."""
        return bool(self._client.delete(PREFIX + user_id))
