"""The service keeps to its own OpenAPI document, whatever it is sent."""

from __future__ import annotations

from typing import Any

import hypothesis
import schemathesis
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from model_service.http.openapi import document
from tests.model_service.conftest import ServiceProcess

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
"""What every answer must obey. Not `positive_data_acceptance`: a schema cannot say which days are too old."""
CHECKS_WHILE_IT_WAITS = [
    check for check in CHECKS if check not in (not_a_server_error, negative_data_rejection)
]
"""Then 503 is right, and it is answered before a body of `/v1/explain` is looked at."""
schema = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@hypothesis.settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_every_answer_is_as_the_document_says(case: Any, service: ServiceProcess) -> None:
    case.call_and_validate(base_url=service.url, checks=CHECKS)
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


@schema.parametrize()
@hypothesis.settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_and_so_is_every_answer_while_it_waits(case: Any, waiting: ServiceProcess) -> None:
    case.call_and_validate(base_url=waiting.url, checks=CHECKS_WHILE_IT_WAITS)
    assert "Traceback" not in waiting.log.read_text(encoding="utf-8")
