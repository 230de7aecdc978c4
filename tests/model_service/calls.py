"""Calls to a running service, and its command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx

from tests.model_service.conftest import PATIENCE_S, ServiceProcess

AT = "2026-03-01T12:00:00Z"


def rank(service: ServiceProcess, user: str = "watches-smoothies", **fields: object) -> Any:
    response = service.client.post("/v1/rank", json={"user_id": user, "at": AT} | fields)
    assert response.status_code == httpx.codes.OK, response.text
    return response.json()


def send(service: ServiceProcess, *events: Mapping[str, object]) -> Any:
    response = service.client.post("/v1/events", json={"events": list(events)})
    assert response.status_code == httpx.codes.OK, response.text
    return response.json()


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_service", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
