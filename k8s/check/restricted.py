"""Kubernetes' Pod Security Standard "restricted", which contains "baseline", from its published conditions.

The conditions are those of https://kubernetes.io/docs/concepts/security/pod-security-standards/ for
Kubernetes 1.34. What it relaxes for Windows and for user namespaces is not relaxed here: we use neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from k8s.check.pods import pods
from k8s.check.render import Manifest

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
}
_PROFILES = ("RuntimeDefault", "Localhost")
_SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_HANDLERS = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return what the standard refuses in the pods of `objects`, one sentence for each."""
    return [
        f"{pod.owner}: {violation}."
        for pod in pods(objects)
        for violation in violations(pod.spec, annotations=pod.annotations)
    ]


def violations(spec: Mapping[str, Any], *, annotations: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield what the standard refuses in one pod.

    Args:
        spec: The pod specification.
        annotations: The annotations of the pod.

    Yields:
        One violation and its fix, as a sentence without a closing full stop.
    """
    context = spec.get("securityContext", {})
    yield from _of_namespaces(spec)
    yield from _of_volumes(spec)
    for sysctl in context.get("sysctls", []):
        if sysctl["name"] not in _SYSCTLS:
            yield f"the pod sets the sysctl {sysctl['name']}, which is not one of the safe ones; remove it"
    for name, value in (annotations or {}).items():
        if name.startswith(_APPARMOR_ANNOTATION) and not value.startswith(("runtime/default", "localhost/")):
            yield f"the pod's annotation {name} switches AppArmor off; remove it"
    yield from (f"the pod {violation}" for violation in _of_context(context))
    for part in _CONTAINERS:
        for container in spec.get(part, []):
            for violation in _of_container(container, context):
                yield f"container {container['name']} {violation}"


def _of_namespaces(spec: Mapping[str, Any]) -> Iterator[str]:
    for right in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(right):
            yield f"the pod asks for {right}; remove it"


def _of_volumes(spec: Mapping[str, Any]) -> Iterator[str]:
    for volume in spec.get("volumes", []):
        types = volume.keys() - {"name"}
        if "hostPath" in types:
            yield f"volume {volume['name']} mounts a folder of the machine; mount a claim or an emptyDir"
        elif types - _VOLUMES:
            yield (
                f"volume {volume['name']} is of type {', '.join(sorted(types - _VOLUMES))}; "
                f"use one of {', '.join(sorted(_VOLUMES))}"
            )


def _of_container(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    context = container.get("securityContext", {})
    yield from _of_context(context)
    if context.get("privileged"):
        yield "is privileged; remove it"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges; set allowPrivilegeEscalation: false"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield "keeps capabilities; drop ALL"
    added = set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}
    if added:
        yield f"adds the capabilities {', '.join(sorted(added))}; none but NET_BIND_SERVICE may be added"
    if context.get("procMount", "Default") != "Default":
        yield f"asks for the procMount {context['procMount']}; remove it"
    if "runAsNonRoot" not in context and "runAsNonRoot" not in pod:
        yield "may run as root; set runAsNonRoot: true on it or on the pod"
    if "seccompProfile" not in context and "seccompProfile" not in pod:
        yield "has no seccomp profile; set seccompProfile RuntimeDefault on it or on the pod"
    yield from _of_network(container)


def _of_network(container: Mapping[str, Any]) -> Iterator[str]:
    for port in container.get("ports", []):
        if port.get("hostPort"):
            yield f"takes port {port['hostPort']} of the machine; remove the hostPort"
    for handler in _HANDLERS:
        asked: Mapping[str, Any] = container
        for key in handler:
            asked = asked.get(key, {})
        for action in ("httpGet", "tcpSocket"):
            if asked.get(action, {}).get("host"):
                yield f"lets its {handler[-1]} ask the host {asked[action]['host']}; remove the host"


def _of_context(context: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is refused in a security context, of a pod or of a container."""
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "runs on the Windows host itself; remove hostProcess"
    if context.get("runAsNonRoot", True) is not True:
        yield "may run as root; set runAsNonRoot: true"
    if context.get("runAsUser") == 0:
        yield "runs as root; set a runAsUser other than 0"
    if context.get("seccompProfile", {"type": _PROFILES[0]}).get("type") not in _PROFILES:
        yield "has a seccompProfile that is neither RuntimeDefault nor Localhost; set RuntimeDefault"
    if context.get("appArmorProfile", {"type": _PROFILES[0]}).get("type") not in _PROFILES:
        yield "has an appArmorProfile that is neither RuntimeDefault nor Localhost; remove it"
    options = context.get("seLinuxOptions", {})
    if options.get("type", "") not in _SELINUX_TYPES or options.get("user") or options.get("role"):
        yield "sets a user, role or type of SELinux; remove it"
