from __future__ import annotations

from typing import Any

import pytest

from k8s.check import probes

ASKS = {"httpGet": {"path": "/readyz", "port": 80}}
LIVES = {"httpGet": {"path": "/livez", "port": 80}}


def deployment(**probes_of: Any) -> dict[str, Any]:
    container = {"name": "service", "readinessProbe": ASKS, "livenessProbe": LIVES, "startupProbe": LIVES}
    template = {"metadata": {}, "spec": {"containers": [container | probes_of]}}
    return {"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": template}}


def test_only_readiness_asks_whether_the_pod_is_ready() -> None:
    assert probes.faults([deployment()]) == []


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe"])
@pytest.mark.parametrize("asked", [ASKS, {"exec": {"command": ["curl", "http://localhost:80/readyz"]}}])
def test_a_probe_that_would_kill_a_waiting_pod_is_refused(probe: str, asked: dict[str, Any]) -> None:
    (fault,) = probes.faults([deployment(**{probe: asked})])

    assert fault.startswith(f"Deployment/a: container service asks /readyz in its {probe}, which would kill")
    assert "ask /livez there" in fault


def test_a_pod_that_lasts_is_probed() -> None:
    manifest = deployment()
    del manifest["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]

    assert probes.faults([manifest]) == ["Deployment/a: container service has no livenessProbe."]
