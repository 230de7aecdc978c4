"""The error body: the one JSON form of every answer that is not a success."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ErrorDetail(BaseModel):
    """One fault of a request."""

    type: str = Field(description="The kind of fault, for example `missing` or `not_found`.")
    loc: list[str | int] = Field(description="Where it is: the path of the field.")
    msg: str = Field(description="What is wrong, and what is right.")


class ErrorBody(BaseModel):
    """Why a request was not answered."""

    error: str = Field(description="What went wrong, in one sentence.")
    detail: list[ErrorDetail] = Field(
        description="The faults of the request; empty if none is about a field."
    )
