"""What `GET /docs.json` answers: the API as OpenAPI, made of the models of requests and responses."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from model_service.api.erasures import ErasureParameters, ErasureResponse
from model_service.api.errors import ErrorBody
from model_service.api.events import EventsRequest, EventsResponse
from model_service.api.explain import ExplainRequest, ExplainResponse
from model_service.api.rank import RankRequest, RankResponse


class Operation(NamedTuple):
    """One route of the API."""

    path: str
    method: str
    name: str
    summary: str
    request: type[BaseModel] | None
    response: type[BaseModel]


OPERATIONS: Final = (
    Operation("/v1/rank", "post", "rank", "Order products for a user.", RankRequest, RankResponse),
    Operation("/v1/events", "post", "ingest", "Ingest what users did.", EventsRequest, EventsResponse),
    Operation(
        "/v1/explain", "post", "explain", "Say why a product has its score.", ExplainRequest, ExplainResponse
    ),
    Operation("/v1/users/{user_id}", "delete", "forget", "Erase a user.", None, ErasureResponse),
)
SUMMARY: Final = "Orders products for a user, with reasons; once ready, it answers every valid request."
PROBES: Final = {
    "/livez": ("The process lives.", "text/plain"),
    "/readyz": ("What serves, and what is refused.", "application/json"),
    "/metrics": ("Counts and latencies for Prometheus.", "text/plain"),
}
ERRORS: Final = {
    HTTPStatus.BAD_REQUEST: "The request is not valid; `detail` names each fault.",
    HTTPStatus.UNAUTHORIZED: "The service asks for a bearer token.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as JSON.",
}
NEEDS_RELEASE: Final = ("/v1/rank", "/v1/explain", "/readyz")
"""What answers 503 while the snapshot or a model is missing."""
NOT_READY: Final = "Nothing serves yet: the answer says what is missing."
_ONLY_WITH_BODY: Final = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
_INPUT: Final[Literal["validation", "serialization"]] = "validation"
_OUTPUT: Final[Literal["validation", "serialization"]] = "serialization"
_RETRY_AFTER: Final = {
    "headers": {
        "Retry-After": {"description": "Seconds until it may be there.", "schema": {"type": "integer"}}
    }
}
_TEMPLATE: Final = "#/components/schemas/{model}"


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document, version 3.1, whose schemas are JSON Schema as pydantic writes it."""
    requests = [operation.request for operation in OPERATIONS if operation.request is not None]
    responses: list[type[BaseModel]] = [*(operation.response for operation in OPERATIONS), ErrorBody]
    schemas, definitions = models_json_schema(
        [(model, _INPUT) for model in requests] + [(model, _OUTPUT) for model in responses],
        ref_template=_TEMPLATE,
    )
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        entry: dict[str, Any] = {
            "operationId": operation.name,
            "summary": operation.summary,
            "tags": ["Ranking"],
            "responses": {"200": _content(schemas[(operation.response, _OUTPUT)], "Done.")}
            | {
                str(status.value): _content(schemas[(ErrorBody, _OUTPUT)], why)
                for status, why in ERRORS.items()
                if operation.request is not None or status not in _ONLY_WITH_BODY
            },
            "security": [{}, {"token": []}],
        }
        if operation.path in NEEDS_RELEASE:
            entry["responses"]["503"] = _content(schemas[(ErrorBody, _OUTPUT)], NOT_READY) | _RETRY_AFTER
        if operation.request is not None:
            body = _content(schemas[(operation.request, _INPUT)], "")
            entry["requestBody"] = {"required": True, "content": body["content"]}
        else:
            entry["parameters"] = [_user_id()]
        paths[operation.path] = {operation.method: entry}
    for path, (summary, media_type) in PROBES.items():
        responses_of = {"200": {"description": summary, "content": {media_type: {}}}}
        if path in NEEDS_RELEASE:
            responses_of["503"] = {"description": NOT_READY, "content": {media_type: {}}}
        paths[path] = {"get": {"summary": summary, "tags": ["Operation"], "responses": responses_of}}
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
    schema = ErasureParameters.model_json_schema()["properties"]["user_id"]
    return {"name": "user_id", "in": "path", "required": True, "schema": schema}
