"""References between objects: schemas and the API server accept a name that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from k8s.check.environment import referenced
from k8s.check.pods import Pod, pods, selected, title
from k8s.check.render import Manifest

SECRETS = {
    "airloom-assistant": {"api-key"},
    "airloom-language-model": {"api-key"},
    "airloom-redis": {"password"},
}
"""Secrets that a person makes before the first apply (docs/how-to/kubernetes.md), with their keys.

The language model's is optional: a server without a key needs none. The assistant's is that of its component.
"""


STEP_LABELS = {"pipelines.kubeflow.org/v2_component": "true"}
"""What Kubeflow writes on the pods of pipeline steps, which no rendering holds."""


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return the names that lead nowhere, one sentence for each."""
    made = pods(objects)
    named = {title(manifest): manifest for manifest in objects}
    messages = [f"{pod.owner}: {fault}." for pod in made for fault in _of_pod(pod, named)]
    for manifest in objects:
        messages += [f"{title(manifest)}: {fault}." for fault in _of_object(manifest, made, named)]
    return messages


def _of_object(manifest: Manifest, made: Sequence[Pod], named: Mapping[str, Manifest]) -> Iterator[str]:
    spec = manifest.get("spec", {})
    match manifest["kind"]:
        case "Service":
            yield from _of_service(spec, made)
        case "NetworkPolicy":
            yield from _of_policy(spec, made)
        case "PodDisruptionBudget":
            labels = match_labels(spec.get("selector", {}))
            if not selected(labels, made):
                yield f"its selector {labels} matches no pod"
        case "Deployment" | "StatefulSet" | "DaemonSet":
            labels = match_labels(spec["selector"])
            if not labels.items() <= spec["template"]["metadata"].get("labels", {}).items():
                yield f"its selector {labels} does not match its own pods"
            service = spec.get("serviceName")
            if service and f"Service/{service}" not in named:
                yield f"there is no Service {service}"


def match_labels(selector: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the labels that a selector requires; its expressions, which only narrow it, are ignored."""
    labels: Mapping[str, str] = selector.get("matchLabels", {})
    return labels


def _of_service(spec: Mapping[str, Any], made: Sequence[Pod]) -> Iterator[str]:
    if "selector" not in spec:  # a name for something outside, or endpoints made by hand
        return
    behind = selected(spec["selector"], made)
    if not behind:
        yield f"its selector {spec['selector']} matches no pod"
    for port in spec.get("ports", []):
        target = port.get("targetPort", port["port"])
        yield from (f"{pod.owner} has no port {target}" for pod in behind if not pod.has_port(target))


def _of_policy(spec: Mapping[str, Any], made: Sequence[Pod]) -> Iterator[str]:
    """Yield the peers that match no pod; those with a namespaceSelector are outside the overlay."""
    subject = selected(match_labels(spec["podSelector"]), made)
    if not subject:
        yield f"its selector {spec['podSelector']} matches no pod"
    for rule in spec.get("ingress", []):
        yield from _absent_ports(rule, subject)
        yield from _absent_peers(rule.get("from", []), made)
    for rule in spec.get("egress", []):
        yield from _absent_peers(rule.get("to", []), made)
        for peer in rule.get("to", []):
            if "podSelector" in peer and "namespaceSelector" not in peer:
                yield from _absent_ports(rule, selected(match_labels(peer["podSelector"]), made))


def _absent_peers(peers: Sequence[Mapping[str, Any]], made: Sequence[Pod]) -> Iterator[str]:
    for peer in peers:
        if "podSelector" in peer and "namespaceSelector" not in peer:
            labels = match_labels(peer["podSelector"])
            if labels != STEP_LABELS and not selected(labels, made):
                yield f"its peer {labels} matches no pod"


def _absent_ports(rule: Mapping[str, Any], behind: Sequence[Pod]) -> Iterator[str]:
    for port in rule.get("ports", []):
        yield from (
            f"{pod.owner} has no port {port['port']}" for pod in behind if not pod.has_port(port["port"])
        )


def _of_pod(pod: Pod, named: Mapping[str, Manifest]) -> Iterator[str]:
    account = pod.spec.get("serviceAccountName")
    if account and f"ServiceAccount/{account}" not in named:
        yield f"there is no ServiceAccount {account}"
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    for volume in volumes.values():
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        if claim:
            yield from absent_claim(claim, named)
        if "configMap" in volume:
            keys = [item["key"] for item in volume["configMap"].get("items", [])]
            yield from absent_config_map(volume["configMap"]["name"], keys, named)
        if "secret" in volume:
            keys = [item["key"] for item in volume["secret"].get("items", [])]
            yield from absent_secret(volume["secret"]["secretName"], keys)
    for container in pod.containers:
        yield from _of_container(container, pod, volumes, named)


def _of_container(
    container: Mapping[str, Any],
    pod: Pod,
    volumes: Mapping[str, Mapping[str, Any]],
    named: Mapping[str, Manifest],
) -> Iterator[str]:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        for action in ("httpGet", "tcpSocket", "grpc"):
            port = container.get(probe, {}).get(action, {}).get("port")
            if port is not None and not pod.has_port(port):
                yield f"the {probe} asks port {port}, which no container declares"
    for mount in container.get("volumeMounts", []):
        name = mount["name"]
        if name not in volumes and name not in pod.claims:
            yield f"container {container['name']} mounts {name}, which is no volume of the pod"
        elif "subPath" in mount and "configMap" in volumes.get(name, {}):
            yield from absent_config_map(volumes[name]["configMap"]["name"], [mount["subPath"]], named)
    yield from _of_environment(container, named)


def _of_environment(container: Mapping[str, Any], named: Mapping[str, Manifest]) -> Iterator[str]:
    known = {variable["name"] for variable in container.get("env", [])}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            name = source["configMapRef"]["name"]
            yield from absent_config_map(name, [], named)
            known |= named.get(f"ConfigMap/{name}", {}).get("data", {}).keys()
        if "secretRef" in source:
            name = source["secretRef"]["name"]
            yield from absent_secret(name, [])
            known |= SECRETS.get(name, set())
    for variable in container.get("env", []):
        source = variable.get("valueFrom", {})
        if "configMapKeyRef" in source:
            reference = source["configMapKeyRef"]
            yield from absent_config_map(reference["name"], [reference["key"]], named)
        if "secretKeyRef" in source:
            yield from absent_secret(source["secretKeyRef"]["name"], [source["secretKeyRef"]["key"]])
    words = " ".join([*container.get("command", []), *container.get("args", [])])
    for name in sorted(referenced(words) - known):
        yield f"container {container['name']} uses $({name}), which its environment does not set"


def absent_claim(name: str, named: Mapping[str, Manifest]) -> Iterator[str]:
    """Yield a message if no object is the claim `name`; `named` holds the objects by `Kind/name`."""
    if f"PersistentVolumeClaim/{name}" not in named:
        yield f"there is no PersistentVolumeClaim {name}"


def absent_config_map(name: str, keys: Sequence[str], named: Mapping[str, Manifest]) -> Iterator[str]:
    """Yield a message if there is no ConfigMap `name`, or for each of `keys` that it lacks."""
    config_map = named.get(f"ConfigMap/{name}")
    if config_map is None:
        yield f"there is no ConfigMap {name}"
        return
    yield from (f"ConfigMap {name} has no {key}" for key in keys if key not in config_map.get("data", {}))


def absent_secret(name: str, keys: Sequence[str]) -> Iterator[str]:
    """Yield a message if the guide does not create the Secret `name`, or for each of `keys` that it lacks."""
    if name not in SECRETS:
        yield f"nobody is told to make the Secret {name}"
        return
    yield from (f"Secret {name} has no {key}" for key in keys if key not in SECRETS[name])
