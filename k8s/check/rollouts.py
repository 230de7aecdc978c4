"""Roll-outs that cannot finish: a second pod needs a volume that only one node, or one pod, may mount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from k8s.check.pods import mounted_claims, title
from k8s.check.render import Manifest

_SINGLE = {"ReadWriteOnce", "ReadWriteOncePod"}
_NODE = "kubernetes.io/hostname"


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return the workloads whose next pod would wait for a volume for ever, one sentence for each."""
    single = {
        manifest["metadata"]["name"]: ", ".join(manifest["spec"]["accessModes"])
        for manifest in objects
        if manifest["kind"] == "PersistentVolumeClaim" and _SINGLE.issuperset(manifest["spec"]["accessModes"])
    }
    messages = []
    for manifest in objects:
        if manifest["kind"] in ("Deployment", "StatefulSet"):
            spec = manifest["spec"]
            for claim in sorted(single.keys() & mounted_claims(spec["template"]["spec"])):
                messages += [
                    f"{title(manifest)}: {rule}, but mounts the claim {claim}, which is only "
                    f"{single[claim]}; {do}, or make the claim ReadWriteMany."
                    for rule, do in _of_workload(manifest["kind"], spec)
                ]
    return messages


def _of_workload(kind: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if kind == "Deployment" and _starts_before_it_stops(spec.get("strategy", {})):
        yield "starts the new pod before it stops the old one", "set strategy Recreate"
    if spec.get("replicas", 1) > 1:
        yield f"has {spec['replicas']} replicas", "set replicas to 1"
    if any(
        spread.get("topologyKey") == _NODE
        for spread in spec["template"]["spec"].get("topologySpreadConstraints", [])
    ):
        yield "spreads its pods over the nodes", "drop the topologySpreadConstraints"


def _starts_before_it_stops(strategy: Mapping[str, Any]) -> bool:
    surge = strategy.get("rollingUpdate", {}).get("maxSurge", "25%")
    return strategy.get("type", "RollingUpdate") != "Recreate" and surge not in (0, "0", "0%")
