"""What `GET /docs.json` answers: the API as OpenAPI, made of the models of requests and responses."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from airloom import __version__
from model_service.api.ask import AskRequest, AskResponse
from model_service.api.erasures import ErasureParameters, ErasureResponse
from model_service.api.errors import ErrorBody
from model_service.api.events import EventsRequest, EventsResponse
from model_service.api.explain import ExplainRequest, ExplainResponse
from model_service.api.rank import RankRequest, RankResponse
from model_service.api.readiness import NotReady, Ready


class Operation(NamedTuple):
    """One route of the API.

    Attributes:
        path: The path, with its parameter in braces.
        method: The HTTP method, in lower case.
        name: The `operationId`.
        summary: What it does.
        request: The body of a request; None: it has none.
        response: The body of the answer 200.
        success: What the answer 200 holds.
    """

    path: str
    method: str
    name: str
    summary: str
    request: type[BaseModel] | None
    response: type[BaseModel]
    success: str


class Probe(NamedTuple):
    """One GET endpoint for the operation of the service.

    Attributes:
        path: The path.
        summary: What the answer 200 holds.
        media_type: Of the answer 200.
        response: The body of the answer 200; None: plain text.
    """

    path: str
    summary: str
    media_type: str
    response: type[BaseModel] | None = None


OPERATIONS: Final = (
    Operation(
        path="/v1/rank",
        method="post",
        name="rank",
        summary="Order products for a user.",
        request=RankRequest,
        response=RankResponse,
        success="The page: products in order, each with its reason.",
    ),
    Operation(
        path="/v1/ask",
        method="post",
        name="ask",
        summary="Answer a request in words.",
        request=AskRequest,
        response=AskResponse,
        success="Products that answer it, what was understood of it, and what had to be corrected.",
    ),
    Operation(
        path="/v1/events",
        method="post",
        name="ingest",
        summary="Ingest what users did.",
        request=EventsRequest,
        response=EventsResponse,
        success="The number of new and of repeated events, and what did not work.",
    ),
    Operation(
        path="/v1/explain",
        method="post",
        name="explain",
        summary="Say why a product has its score.",
        request=ExplainRequest,
        response=ExplainResponse,
        success="The score of the product, and everything that the ranker reads for it.",
    ),
    Operation(
        path="/v1/users/{user_id}",
        method="delete",
        name="forget",
        summary="Erase a user.",
        request=None,
        response=ErasureResponse,
        success="When the request was recorded, and what could not be erased at once.",
    ),
)
SUMMARY: Final = "Orders products for a user, with reasons; once ready, it answers every valid request."
PROBES: Final = (
    Probe("/livez", "The process lives.", "text/plain"),
    Probe("/healthz", "The process lives: another name of `/livez`.", "text/plain"),
    Probe("/readyz", "What serves, and what is refused.", "application/json", Ready),
    Probe("/metrics", "Counts and latencies for Prometheus.", "text/plain"),
)
ERRORS: Final = {
    HTTPStatus.BAD_REQUEST: "The request is not valid; `detail` names each fault.",
    HTTPStatus.UNAUTHORIZED: "The service asks for a bearer token.",
    HTTPStatus.REQUEST_TIMEOUT: "The request took too long to arrive: send it again.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as JSON.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The head of the request is too long.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An unexpected error; the service's log has its type.",
    HTTPStatus.GATEWAY_TIMEOUT: "The disk or a store took too long: send the request again.",
}
NEEDS_RELEASE: Final = ("/v1/rank", "/v1/ask", "/v1/explain", "/readyz")
"""What answers 503 while the snapshot or a model is missing."""
REQUEST_ID_USED: Final = "Another page has this `request_id`."
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
    responses: list[type[BaseModel]] = [
        *(operation.response for operation in OPERATIONS),
        ErrorBody,
        Ready,
        NotReady,
    ]
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
            "responses": {"200": _content(schemas[(operation.response, _OUTPUT)], operation.success)}
            | {
                str(status.value): _content(schemas[(ErrorBody, _OUTPUT)], why)
                for status, why in ERRORS.items()
                if operation.request is not None or status not in _ONLY_WITH_BODY
            },
            "security": [{}, {"token": []}],
        }
        if operation.path in NEEDS_RELEASE:
            entry["responses"]["503"] = _content(schemas[(ErrorBody, _OUTPUT)], NOT_READY) | _RETRY_AFTER
        if operation.request is RankRequest:
            entry["responses"]["409"] = _content(schemas[(ErrorBody, _OUTPUT)], REQUEST_ID_USED)
        if operation.request is not None:
            body = _content(schemas[(operation.request, _INPUT)], "")
            entry["requestBody"] = {"required": True, "content": body["content"]}
        else:
            entry["parameters"] = [_user_id()]
        paths[operation.path] = {operation.method: entry}
    failed = HTTPStatus.INTERNAL_SERVER_ERROR
    for probe in PROBES:
        schema = {} if probe.response is None else {"schema": schemas[(probe.response, _OUTPUT)]}
        responses_of: dict[str, Any] = {
            "200": {"description": probe.summary, "content": {probe.media_type: schema}},
            str(failed.value): _content(schemas[(ErrorBody, _OUTPUT)], ERRORS[failed]),
        }
        if probe.path in NEEDS_RELEASE:
            responses_of["503"] = _content(schemas[(NotReady, _OUTPUT)], NOT_READY)
        paths[probe.path] = {
            "get": {"summary": probe.summary, "tags": ["Operation"], "responses": responses_of}
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Airloom ranking",
            "version": __version__,
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
