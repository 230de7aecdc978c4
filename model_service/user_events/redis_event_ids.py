"""The ids of accepted events in Redis, for all machines of a service."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from redis import Redis

from airloom.logs.limits import RESEND_WINDOW
from model_service.outbox.id_index import key_part

PREFIX: Final = "airloom:ids:"
WINDOW_S: Final = round(RESEND_WINDOW.total_seconds())


class RedisEventIds:
    """A sorted set for each user: digests of event ids by the second in which they were accepted.

    About 25 bytes an event while a user has no more than 128 in the window, and 90 beyond.

    Args:
        client: From `redis_recent_events.connect`.
        clock: Seconds since 1970.
    """

    def __init__(self, client: Redis, *, clock: Callable[[], float] = time.time) -> None:
        self._client, self._clock = client, clock

    def known(self, event_ids: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
        """See `SharedEventIds`."""
        pairs = [(user_id, event_id) for user_id, ids in event_ids.items() for event_id in ids]
        since = int(self._clock()) - WINDOW_S
        with self._client.pipeline(transaction=False) as pipeline:
            for user_id, event_id in pairs:
                pipeline.zscore(PREFIX + user_id, key_part(event_id))
            scores = pipeline.execute()
        return {
            pair for pair, score in zip(pairs, scores, strict=True) if score is not None and score >= since
        }

    def add(self, event_ids: Mapping[str, Sequence[str]]) -> None:
        """See `SharedEventIds`."""
        now = int(self._clock())
        with self._client.pipeline(transaction=False) as pipeline:
            for user_id, ids in event_ids.items():
                key = PREFIX + user_id
                pipeline.zremrangebyscore(key, "-inf", f"({now - WINDOW_S}")
                pipeline.zadd(key, {key_part(event_id): now for event_id in ids}, nx=True)
                pipeline.expire(key, WINDOW_S)
            pipeline.execute()

    def erase(self, user_id: str) -> None:
        """See `SharedEventIds`."""
        self._client.delete(PREFIX + user_id)
