"""The JSON bodies of requests, read as protojson reads them into KFP's messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.kubeflow.kfp_server_cron import parse_cron
from tests.kubeflow.kfp_server_errors import invalid


def json_object(content: bytes, *, fields: frozenset[str]) -> dict[str, Any]:
    """The body of a request.

    Args:
        content: The bytes.
        fields: The fields it may have.

    Raises:
        ApiError: 400: no JSON object, or one with another field.
    """
    try:
        body = json.loads(content or b"{}")
    except ValueError as error:
        message = f"invalid JSON: {error}"
        raise invalid(message) from error
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object")
    unknown = sorted(body.keys() - fields)
    if unknown:
        message = f"unknown fields: {unknown}"
        raise invalid(message)
    return {name: value for name, value in body.items() if value is not None}


def integer(body: Mapping[str, Any], field: str) -> int:
    """An int64 field, which JSON may write as a number or as a string."""
    value = body.get(field, 0)
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if not re.fullmatch(r"-?[0-9]+", text):
        message = f"invalid value for int64 field {field}: {value!r}"
        raise invalid(message)
    return int(text)


def enabled_mode(body: Mapping[str, Any]) -> bool:
    """Whether a recurring run is to be enabled; one that says nothing is not."""
    mode = body.get("mode", "MODE_UNSPECIFIED")
    if mode not in {"MODE_UNSPECIFIED", "ENABLE", "DISABLE"}:
        message = f"invalid value for enum field mode: {mode!r}"
        raise invalid(message)
    return bool(mode == "ENABLE")


def checked_trigger(body: Mapping[str, Any]) -> dict[str, Any]:
    """The trigger of a recurring run.

    Raises:
        ApiError: 400: no cron expression, or an interval below a second.
    """
    trigger = body.get("trigger") or {}
    if "cron_schedule" in trigger:
        try:
            parse_cron(trigger["cron_schedule"].get("cron", ""))
        except ValueError as error:
            message = (
                "Schedule cron is not a supported format(https://godoc.org/github.com/robfig/cron). "
                f"Error: {error}"
            )
            raise invalid(message) from error
    if "periodic_schedule" in trigger:
        periodic = trigger["periodic_schedule"]
        seconds = integer(periodic, "interval_second")
        if seconds < 1:
            message = f"Found invalid period schedule interval {seconds}. Set at interval to least 1 second"
            raise invalid(message)
        return {"periodic_schedule": {**periodic, "interval_second": str(seconds)}}
    return {name: dict(schedule) for name, schedule in trigger.items()}
