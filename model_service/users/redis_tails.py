"""Tails in Redis: shared by all processes of a service, and there after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from redis import Redis
from redis.exceptions import ResponseError

from feature_repo.impatient_redis import limit
from model_service.users.tails import KEPT_EVENTS, KEPT_SECONDS, PATIENCE, TailEvent, newest

PREFIX: Final = "airloom:tail:"

_ADD: Final = """
local tail = KEYS[1]
local new = 0
for place = 3, #ARGV, 2 do
  new = new + redis.call('HSETNX', tail, ARGV[place], ARGV[place + 1])
end
if redis.call('HLEN', tail) > tonumber(ARGV[1]) then
  local order = {}
  local all = redis.call('HGETALL', tail)
  for place = 1, #all, 2 do
    order[#order + 1] = {tonumber(string.match(all[place + 1], '^%d+')), all[place]}
  end
  table.sort(order, function(one, other)
    if one[1] ~= other[1] then return one[1] < other[1] end
    return one[2] < other[2]
  end)
  for place = 1, #order - tonumber(ARGV[1]) do redis.call('HDEL', tail, order[place][2]) end
end
redis.call('EXPIRE', tail, ARGV[2])
return new
"""


def connect(url: str, *, patience: float = PATIENCE) -> Redis:
    """A client that fails soon.

    Args:
        url: `redis://[:password@]host:port/database`; it is connected to when it is first used.
        patience: Seconds to wait, for a connection and for an answer.

    Raises:
        ValueError: It is no such URL.
    """
    client = Redis.from_url(url, protocol=2)
    limit(client, patience)
    return client


class RedisTails:
    """A hash for each user: event id to `<seconds> <action> <object id>`; added to by one script, so at once.

    Args:
        client: From `connect`; its patience is what a page waits at most.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._add = client.register_script(_ADD)

    def add(self, user_id: str, events: Sequence[TailEvent]) -> int:
        """See `model_service.users.tails.Tails`."""
        given: list[Any] = [KEPT_EVENTS, KEPT_SECONDS]
        for event in events:
            given += [event.event_id, f"{event.timestamp} {event.action} {event.object_id}"]
        return int(cast("int", self._add(keys=[PREFIX + user_id], args=given)))

    def read(self, user_id: str) -> list[TailEvent]:
        """See `model_service.users.tails.Tails`; what is no event of ours is left out."""
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
                events.append(TailEvent(event_id.decode(), int(timestamp), action, object_id))
            except ValueError:
                continue
        return newest(events)

    def known(self, user_id: str, event_ids: Sequence[str]) -> set[str]:
        """See `model_service.users.tails.Tails`."""
        if not event_ids:
            return set()
        found = cast("list[bytes | None]", self._client.hmget(PREFIX + user_id, list(event_ids)))
        return {event_id for event_id, value in zip(event_ids, found, strict=True) if value is not None}

    def forget(self, user_id: str) -> bool:
        """See `model_service.users.tails.Tails`."""
        return bool(self._client.delete(PREFIX + user_id))
