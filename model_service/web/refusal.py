"""How a request that cannot be answered is refused: with 400, and for each fault where and why."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from airloom.errors import AirloomError


def not_found(request: BaseModel, field: str, error: AirloomError) -> ValidationError:
    """What a field names is not there: the same answer as to a request that is not valid."""
    fault = InitErrorDetails(
        type=PydanticCustomError("not_found", "{what}", {"what": str(error)}), loc=(field,), input=None
    )
    return ValidationError.from_exception_data(type(request).__name__, [fault])


def refusal(error: ValidationError) -> dict[str, Any]:
    """What the answer says; nothing of what was sent, because it may name a user."""
    return {
        "error": f"{error.error_count()} validation error for {error.title}",
        "detail": error.errors(include_url=False, include_input=False, include_context=False),
    }
