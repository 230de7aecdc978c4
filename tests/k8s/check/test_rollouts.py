from __future__ import annotations

from typing import Any

import pytest

from k8s.check import rollouts
from k8s.check.pods import mounted_claims

RECREATE = {"type": "Recreate"}
SPREAD = [{"topologyKey": "kubernetes.io/hostname"}]


def objects(
    *modes: str, kind: str = "Deployment", pod: dict[str, Any] | None = None, **spec: Any
) -> list[dict[str, Any]]:
    volumes = [{"name": "lake", "persistentVolumeClaim": {"claimName": "lake"}}]
    template = {"spec": {"volumes": volumes} | (pod or {})}
    return [
        {"kind": kind, "metadata": {"name": "a"}, "spec": {"template": template} | spec},
        {"kind": "PersistentVolumeClaim", "metadata": {"name": "lake"}, "spec": {"accessModes": list(modes)}},
    ]


@pytest.mark.parametrize(
    "strategy",
    [{}, {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}, {"type": "RollingUpdate"}],
)
@pytest.mark.parametrize("mode", ["ReadWriteOnce", "ReadWriteOncePod"])
def test_a_second_pod_beside_the_first_would_never_get_the_volume(
    mode: str, strategy: dict[str, Any]
) -> None:
    (fault,) = rollouts.faults(objects(mode, strategy=strategy))

    assert fault == (
        "Deployment/a: starts the new pod before it stops the old one, but mounts the claim lake, which is "
        f"only {mode}; set strategy Recreate, or make the claim ReadWriteMany."
    )


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_nor_would_a_second_replica(kind: str) -> None:
    (fault,) = rollouts.faults(objects("ReadWriteOnce", kind=kind, strategy=RECREATE, replicas=2))

    assert fault.startswith(f"{kind}/a: has 2 replicas, but mounts the claim lake")


def test_nor_is_there_anything_to_spread() -> None:
    pods = objects("ReadWriteOnce", strategy=RECREATE, pod={"topologySpreadConstraints": SPREAD})

    (fault,) = rollouts.faults(pods)
    assert "drop the topologySpreadConstraints, or make the claim ReadWriteMany" in fault


@pytest.mark.parametrize(
    "right",
    [
        objects("ReadWriteOnce", strategy=RECREATE),
        objects("ReadWriteOnce", strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
        objects("ReadWriteOnce", "ReadWriteMany", replicas=2),
        objects("ReadWriteOnce", kind="StatefulSet"),
        objects("ReadWriteOnce")[:1],
    ],
)
def test_what_ends_is_right(right: list[dict[str, Any]]) -> None:
    assert rollouts.faults(right) == []


def test_claims_that_are_mounted_read_only_can_be_left_out() -> None:
    pod = {"volumes": [{"persistentVolumeClaim": {"claimName": "a", "readOnly": True}}, {"emptyDir": {}}]}

    assert mounted_claims(pod) == {"a"}
    assert mounted_claims(pod, writable=True) == set()
