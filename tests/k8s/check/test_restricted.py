"""Every published condition of the standard is held; a pod that satisfies them all passes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from k8s.check import restricted

POD: dict[str, Any] = {
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
        "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}],
    },
    "initContainers": [
        {
            "name": "first",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
    "containers": [
        {
            "name": "main",
            "ports": [{"containerPort": 80}],
            "livenessProbe": {"httpGet": {"path": "/", "port": 80}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                "seLinuxOptions": {"level": "s0:c1,c2", "type": "container_t"},
                "seccompProfile": {"type": "Localhost", "localhostProfile": "ours.json"},
                "appArmorProfile": {"type": "RuntimeDefault"},
                "procMount": "Default",
            },
        }
    ],
    "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "lake", "persistentVolumeClaim": {}}],
}


def spoilt(path: str, value: object) -> dict[str, Any]:
    """The pod with another value at `place`, such as `containers.0.name`; None removes what is there."""
    pod = deepcopy(POD)
    *parents, last = path.split(".")
    target: Any = pod
    for key in parents:
        target = target[int(key)] if isinstance(target, list) else target.setdefault(key, {})
    name = int(last) if isinstance(target, list) else last
    if value is None:
        del target[name]
    else:
        target[name] = value
    return pod


def test_a_pod_that_satisfies_the_standard_passes() -> None:
    assert list(restricted.violations(POD)) == []


MAIN = "containers.0.securityContext."
REFUSED = [
    ("hostNetwork", True, "the pod asks for hostNetwork; remove it"),
    ("hostPID", True, "the pod asks for hostPID; remove it"),
    ("hostIPC", True, "the pod asks for hostIPC; remove it"),
    ("securityContext.windowsOptions.hostProcess", True, "the pod runs on the Windows host itself"),
    (MAIN + "windowsOptions.hostProcess", True, "container main runs on the Windows host itself"),
    (MAIN + "privileged", True, "container main is privileged; remove it"),
    (MAIN + "capabilities", None, "container main keeps capabilities; drop ALL"),
    (MAIN + "capabilities.drop", ["NET_RAW"], "container main keeps capabilities; drop ALL"),
    (MAIN + "capabilities.add", ["SYS_ADMIN"], "container main adds the capabilities SYS_ADMIN"),
    ("volumes.0", {"name": "x", "hostPath": {"path": "/"}}, "volume x mounts a folder of the machine"),
    ("volumes.0", {"name": "x", "nfs": {"server": "a"}}, "volume x is of type nfs; use one of configMap"),
    ("containers.0.ports.0.hostPort", 80, "container main takes port 80 of the machine"),
    ("containers.0.livenessProbe.httpGet.host", "evil", "container main lets its livenessProbe ask the host"),
    ("containers.0.lifecycle.preStop.tcpSocket.host", "evil", "container main lets its preStop ask the host"),
    ("securityContext.appArmorProfile", {"type": "Unconfined"}, "the pod has an appArmorProfile"),
    (MAIN + "appArmorProfile.type", "Unconfined", "container main has an appArmorProfile"),
    ("securityContext.seLinuxOptions", {"user": "root"}, "the pod sets a user, role or type of SELinux"),
    (MAIN + "seLinuxOptions.type", "spc_t", "container main sets a user, role or type of SELinux"),
    (MAIN + "procMount", "Unmasked", "container main asks for the procMount Unmasked; remove it"),
    ("securityContext.seccompProfile.type", "Unconfined", "the pod has a seccompProfile that is neither"),
    (MAIN + "seccompProfile.type", "Unconfined", "container main has a seccompProfile that is neither"),
    ("securityContext.seccompProfile", None, "container first has no seccomp profile"),
    ("securityContext.sysctls.0.name", "kernel.msgmax", "the pod sets the sysctl kernel.msgmax"),
    (MAIN + "allowPrivilegeEscalation", None, "container main may gain privileges"),
    ("initContainers.0.securityContext.allowPrivilegeEscalation", True, "container first may gain"),
    ("securityContext.runAsNonRoot", False, "the pod may run as root; set runAsNonRoot: true"),
    (MAIN + "runAsNonRoot", False, "container main may run as root; set runAsNonRoot: true"),
    ("securityContext.runAsUser", 0, "the pod runs as root; set a runAsUser other than 0"),
    (MAIN + "runAsUser", 0, "container main runs as root; set a runAsUser other than 0"),
    ("ephemeralContainers", [{"name": "debug"}], "container debug may gain privileges"),
]


@pytest.mark.parametrize(("path", "value", "says"), REFUSED)
def test_what_the_standard_refuses_is_said(path: str, value: object, says: str) -> None:
    violations = list(restricted.violations(spoilt(path, value)))

    assert violations[0].startswith(says)
    assert len(violations) == (2 if path == "ephemeralContainers" else 1)


def test_without_a_default_of_the_pod_every_container_must_not_run_as_root() -> None:
    violations = list(restricted.violations(spoilt("securityContext.runAsNonRoot", None)))

    assert violations == [
        f"container {name} may run as root; set runAsNonRoot: true on it or on the pod"
        for name in ("first", "main")
    ]


@pytest.mark.parametrize(
    ("profile", "refused"), [("unconfined", True), ("runtime/default", False), ("localhost/ours", False)]
)
def test_apparmor_may_not_be_switched_off_by_annotation(profile: str, refused: bool) -> None:
    annotation = {"container.apparmor.security.beta.kubernetes.io/main": profile}

    assert bool(list(restricted.violations(POD, annotations=annotation))) == refused


def test_the_workload_is_named() -> None:
    template = {"metadata": {"labels": {}}, "spec": spoilt("hostPID", value=True)}
    job = {"kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": template}}

    assert restricted.faults([job]) == ["Deployment/a: the pod asks for hostPID; remove it."]
