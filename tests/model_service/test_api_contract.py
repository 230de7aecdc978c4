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

from model_service.web.openapi import document
from tests.model_service.conftest import Service

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
schema = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@hypothesis.settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_every_answer_is_as_the_document_says(case: Any, service: Service) -> None:
    case.call_and_validate(base_url=service.url, checks=CHECKS)
    assert "Traceback" not in service.log.read_text(encoding="utf-8")
