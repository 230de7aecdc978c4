"""What `DELETE /v1/users/{id}` does: forgets at once what is read online, and asks for the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from airloom.errors import AirloomError
from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from model_service.metrics import FORGOTTEN
from model_service.users.tails import Tails

logger = logging.getLogger("airloom.service")

MOST_CHARACTERS: Final = 4096
"""Of an id: logs may hold longer ones than pages are made for, and these too must be removable."""


class ForgetRequest(BaseModel):
    """Somebody to forget."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    user_id: str = Field(min_length=1, max_length=MOST_CHARACTERS)


class ForgetResponse(BaseModel):
    """What was done about it."""

    asked_at: datetime | None = Field(
        description="What the user did up to then is removed from logs and features by the next daily run, "
        "or by `airloom forget`. Null: the request could not be noted, send it again."
    )
    degraded: list[str] = Field(
        description="What did not work; empty if all is well. erasure_record: nothing was noted, send it "
        "again. user_store: pages use what is there until the next daily run; live_events: for three days. "
        "logs: today's events and exposures are not in the lake yet; the next daily run removes them too."
    )


class Forget:
    """Forgets users.

    Args:
        erasures: Where requests are noted for the daily run.
        tails: Live events.
        forget_online: Removes somebody from the online store.
        land: Bring what waits in this process to the lake, where it can be removed; whether they could.
    """

    def __init__(
        self,
        *,
        erasures: ErasureRequests,
        tails: Tails,
        forget_online: Callable[[str], None],
        land: Sequence[Callable[[], bool]],
    ) -> None:
        self._erasures, self._tails = erasures, tails
        self._forget_online, self._land = forget_online, land

    def __call__(self, user_id: str) -> ForgetResponse:
        """Forget somebody; never raises, and says the same of users whom nobody knows."""
        asked_at = datetime.now(UTC)
        degraded: list[str] = []
        try:
            self._erasures.add(user_id, asked_at)
        except (AirloomError, OSError) as error:
            _tell(error, "The request to be forgotten could not be noted")
            return ForgetResponse(asked_at=None, degraded=[Degradation.ERASURE_RECORD])
        try:
            self._tails.forget(user_id)
        except Exception as error:  # noqa: BLE001 - the next daily run does not need it
            _tell(error, "Live events could not be removed")
            degraded.append(Degradation.LIVE_EVENTS)
        try:
            self._forget_online(user_id)
        except Exception as error:  # noqa: BLE001 - the next daily run removes it
            _tell(error, "The online store could not be told to forget")
            degraded.append(Degradation.USER_STORE)
        if not all([land() for land in self._land]):  # noqa: C419 - each of them, whatever the first says
            degraded.append(Degradation.LOGS)
        FORGOTTEN.inc()
        return ForgetResponse(asked_at=asked_at, degraded=degraded)


def _tell(error: Exception, what: str) -> None:
    logger.error("%s: %s", what, type(error).__name__)  # the message may hold the user's id
