"""`DELETE /v1/users/{user_id}`: erase a user (GDPR)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from airloom.logs.degradation import Degradation

USERS_PREFIX: Final = "/v1/users/"
"""What comes before the id in the path."""
MAX_CHARACTERS: Final = 4096
"""Of an id: logs may hold longer ids than pages are made for, and their rows must be removable too."""


class ErasureParameters(BaseModel):
    """A user to erase."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    user_id: str = Field(min_length=1, max_length=MAX_CHARACTERS, description="The user to erase.")


class ErasureResponse(BaseModel):
    """What was erased at once, and what follows."""

    asked_at: datetime | None = Field(
        description="What the user did up to then is removed from logs and features by the next daily run, "
        "or by `airloom forget`. Null: the request could not be recorded, send it again."
    )
    degraded: list[str] = Field(
        description="What did not work; empty if all is well. "
        f"{Degradation.ERASURE_RECORD}: nothing was recorded, send it again. "
        f"{Degradation.USER_STORE}: pages use what is there until the next daily run; "
        f"{Degradation.LIVE_EVENTS}: recent events of the user are used for up to three days. "
        f"{Degradation.LOGS}: today's events and exposures are not in the lake yet; the next daily run "
        "removes them too."
    )
