"""The errors of the double: gRPC codes, their HTTP statuses and the two JSON forms KFP answers with."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """The gRPC codes that KFP uses."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


HTTP_STATUS = {
    Code.INVALID_ARGUMENT: 400,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.UNAUTHENTICATED: 401,
}


class ApiError(Exception):
    """A request that is answered with an error.

    Attributes:
        code: The gRPC code; the HTTP status follows from it.
        message: What a caller reads in `message`.
        external: What a caller reads in `details`; KFP keeps causes out of it.
    """

    def __init__(self, code: Code, message: str, *, external: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.external = message if external is None else external

    @property
    def status(self) -> int:
        """The HTTP status."""
        return HTTP_STATUS[self.code]

    def body(self) -> dict[str, Any]:
        """The form of grpc-gateway v2: code, message, details."""
        detail = {
            "@type": "type.googleapis.com/google.rpc.Status",
            "code": int(self.code),
            "message": self.external,
        }
        return {"code": int(self.code), "message": self.message, "details": [detail]}

    def upload_body(self) -> dict[str, Any]:
        """The form of the two upload endpoints, which do not go through grpc-gateway."""
        return {"error_message": self.message, "error_details": self.message}


def invalid(message: str) -> ApiError:
    """400."""
    return ApiError(Code.INVALID_ARGUMENT, f"Invalid input error: {message}", external=message)


def not_found(resource: str, identifier: str) -> ApiError:
    """404."""
    message = f"{resource} {identifier} not found."
    return ApiError(Code.NOT_FOUND, f"ResourceNotFoundError: {message}", external=message)


def already_exists(message: str) -> ApiError:
    """409."""
    return ApiError(Code.ALREADY_EXISTS, f"Already exist error: {message}", external=message)


def internal(message: str) -> ApiError:
    """500, whose cause KFP tells in `message` only."""
    return ApiError(Code.INTERNAL, f"InternalServerError: {message}", external="Internal Server Error")
