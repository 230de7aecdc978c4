"""Erases a user (GDPR): at once what is read online, and with the next daily run the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from airloom.errors import AirloomError
from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from model_service.api.erasures import ErasureResponse
from model_service.metrics import ERASURES
from model_service.user_events.recent_events import RecentEventStore

logger = logging.getLogger("airloom.service")


class UserErasure:
    """What `DELETE /v1/users/{user_id}` does.

    Args:
        erasures: Where requests are recorded for the daily run.
        recent_events: Live events.
        erase_online: Removes a user from the online store.
        erase_ids: Remove the ids of the user's events, each where it keeps them.
        land: Bring what waits in this process to the lake, where it can be removed; return whether all did.
    """

    def __init__(
        self,
        *,
        erasures: ErasureRequests,
        recent_events: RecentEventStore,
        erase_online: Callable[[str], None],
        erase_ids: Sequence[Callable[[str], None]],
        land: Sequence[Callable[[], bool]],
    ) -> None:
        self._erasures, self._recent_events = erasures, recent_events
        self._erase_online, self._erase_ids, self._land = erase_online, erase_ids, land

    def __call__(self, user_id: str) -> ErasureResponse:
        """Erase a user; never raises, and answers the same for users whom nobody knows."""
        asked_at = datetime.now(UTC)
        degraded: list[str] = []
        try:
            self._erasures.add(user_id, asked_at)
        except (AirloomError, OSError) as error:
            _log(error, "The erasure request could not be recorded")
            return ErasureResponse(asked_at=None, degraded=[Degradation.ERASURE_RECORD])
        try:
            self._recent_events.erase(user_id)
        except Exception as error:  # noqa: BLE001 - the next daily run does not need it
            _log(error, "Live events could not be removed")
            degraded.append(Degradation.LIVE_EVENTS)
        try:
            self._erase_online(user_id)
        except Exception as error:  # noqa: BLE001 - the next daily run removes it
            _log(error, "The user could not be removed from the online store")
            degraded.append(Degradation.USER_STORE)
        if not all([land() for land in self._land]):  # noqa: C419 - all of them, whatever the first returns
            degraded.append(Degradation.LOGS)
        for erase_ids in self._erase_ids:  # after landing, which may bring ids of a process that died
            try:
                erase_ids(user_id)
            except Exception as error:  # noqa: BLE001 - they are digests, and gone when the window is over
                _log(error, "The ids of the user's events could not be removed")
        ERASURES.inc()
        return ErasureResponse(asked_at=asked_at, degraded=degraded)


def _log(error: Exception, what: str) -> None:
    logger.error("%s: %s", what, type(error).__name__)  # the message may hold the user's id
