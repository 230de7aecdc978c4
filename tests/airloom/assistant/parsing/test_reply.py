from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are not installed
import pytest

from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from airloom.assistant.parsing.reply import MAX_PARTS, readings

EMPTY: dict[str, Any] = {"conditions": [], "references": [], "claims": [], "in_common": None, "rest": []}
WHOLE: dict[str, Any] = {
    "conditions": [{"text": "wool", "negated": True, "alternatives": ["silk"]}],
    "references": [{"title": "Cloud Bed", "how": "same_brand"}],
    "claims": [{"title": "Cloud Bed", "value": "Loft", "relation": None}],
    "in_common": "color",
    "rest": ["quiet"],
}


def test_a_reply_becomes_the_parts_of_each_request() -> None:
    reply = {"requests": [WHOLE, EMPTY]}
    jsonschema.validate(reply, dict(readings(2).json_schema))
    assert readings(2).parse(json.dumps(reply)) == (
        ParsedRequest(
            (ParsedCondition("wool", negated=True, alternatives=("silk",)),),
            None,
            (ParsedReference("Cloud Bed", How.SAME_BRAND),),
            (ParsedClaim("Cloud Bed", "Loft"),),
            "color",
            ("quiet",),
        ),
        ParsedRequest(),
    )


def test_what_a_model_may_leave_out() -> None:
    assert readings(1).parse('<think>hm</think>```json\n{"requests": [{}]}\n```') == (ParsedRequest(),)


@pytest.mark.parametrize(
    "request_parts",
    [
        {"answer": "buy this"},
        {"conditions": [{"text": ""}]},
        {"conditions": [{"text": "x" * 201}]},
        {"conditions": [{"text": "x"}] * (MAX_PARTS + 1)},
        {"references": [{"title": "x", "how": "buy"}]},
        {"price_range": [0, 1]},
    ],
)
def test_anything_else_is_no_reply(request_parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="requests") as error:
        readings(1).parse(json.dumps({"requests": [request_parts]}))
    assert "buy" not in str(error.value)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_each_request_has_exactly_one_reading(count: int) -> None:
    reply = {"requests": [EMPTY] * count}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(reply, dict(readings(2).json_schema))
    with pytest.raises(ValueError, match=f"{count} readings of 2 requests"):
        readings(2).parse(json.dumps(reply))
