"""What `GET /docs.json` shows: what the service takes and answers, as OpenAPI.

BentoML's own document knows neither `DELETE`, nor what a refusal looks like, nor those that come before its
routes; this one is made of the same models as the answers.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from model_service.events.event import EventsRequest, EventsResponse
from model_service.pages.explanation import ExplainRequest, ExplainResponse
from model_service.pages.schema import RankRequest, RankResponse
from model_service.users.forget import ForgetRequest, ForgetResponse


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    type: str
    loc: list[str | int] = Field(description="Where it is.")
    msg: str = Field(description="What is wrong, and what is right.")


class Refusal(BaseModel):
    """Why a request was refused."""

    error: str
    detail: list[Fault]


class Operation(NamedTuple):
    """One route of the API."""

    path: str
    method: str
    name: str
    summary: str
    takes: type[BaseModel] | None
    gives: type[BaseModel]


OPERATIONS: Final = (
    Operation("/v1/rank", "post", "rank", "Order products for a user.", RankRequest, RankResponse),
    Operation("/v1/events", "post", "take", "Take what users did.", EventsRequest, EventsResponse),
    Operation(
        "/v1/explain", "post", "explain", "Say why a product has its score.", ExplainRequest, ExplainResponse
    ),
    Operation("/v1/users/{user_id}", "delete", "forget", "Forget a user.", None, ForgetResponse),
)
SUMMARY: Final = "Orders products for a user, with reasons; once ready, it answers every valid request."
PROBES: Final = {
    "/livez": ("The process lives.", "text/plain"),
    "/readyz": ("What serves, and what is refused.", "application/json"),
    "/metrics": ("Counts and latencies for Prometheus.", "text/plain"),
}
REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "The request is not valid; `detail` names each fault.",
    HTTPStatus.UNAUTHORIZED: "The service asks for a bearer token.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as JSON.",
}
NEED_RELEASE: Final = ("/v1/rank", "/v1/explain", "/readyz")
"""What answers 503 while the snapshot or a model is not there yet."""
NOT_READY: Final = "Nothing serves yet: the answer says what is missing."
_BODY_ALONE: Final = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
_TAKEN: Final[Literal["validation", "serialization"]] = "validation"
_GIVEN: Final[Literal["validation", "serialization"]] = "serialization"
_RETRY_AFTER: Final = {
    "headers": {
        "Retry-After": {"description": "Seconds until it may be there.", "schema": {"type": "integer"}}
    }
}
_TEMPLATE: Final = "#/components/schemas/{model}"


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, version 3.1, whose schemas are JSON Schema as pydantic writes it."""
    takes = [operation.takes for operation in OPERATIONS if operation.takes is not None]
    gives: list[type[BaseModel]] = [*(operation.gives for operation in OPERATIONS), Refusal]
    schemas, definitions = models_json_schema(
        [(each, _TAKEN) for each in takes] + [(each, _GIVEN) for each in gives],
        ref_template=_TEMPLATE,
    )
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        found: dict[str, Any] = {
            "operationId": operation.name,
            "summary": operation.summary,
            "tags": ["Ranking"],
            "responses": {"200": _content(schemas[(operation.gives, _GIVEN)], "Done.")}
            | {
                str(status.value): _content(schemas[(Refusal, _GIVEN)], why)
                for status, why in REFUSALS.items()
                if operation.takes is not None or status not in _BODY_ALONE
            },
            "security": [{}, {"token": []}],
        }
        if operation.path in NEED_RELEASE:
            found["responses"]["503"] = _content(schemas[(Refusal, _GIVEN)], NOT_READY) | _RETRY_AFTER
        if operation.takes is not None:
            body = _content(schemas[(operation.takes, _TAKEN)], "")
            found["requestBody"] = {"required": True, "content": body["content"]}
        else:
            found["parameters"] = [_user_id()]
        paths[operation.path] = {operation.method: found}
    for path, (summary, kind) in PROBES.items():
        answered = {"200": {"description": summary, "content": {kind: {}}}}
        if path in NEED_RELEASE:
            answered["503"] = {"description": NOT_READY, "content": {kind: {}}}
        paths[path] = {"get": {"summary": summary, "tags": ["Operation"], "responses": answered}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Airloom ranking",
            "version": version("airloom"),
            "description": SUMMARY,
        },
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _content(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _user_id() -> dict[str, Any]:
    schema = ForgetRequest.model_json_schema()["properties"]["user_id"]
    return {"name": "user_id", "in": "path", "required": True, "schema": schema}
