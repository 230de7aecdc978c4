"""What steps mount and read exists beside them in the overlay, and they can write to it."""

# Kubeflow reads the annotations of pipelines at run time, hence no postponed evaluation here.

from collections.abc import Callable
from typing import Any

import pytest
from kfp import dsl, kubernetes

from k8s.check import pipelines
from tests.k8s.small_pipelines import compiled, one_step, sound, work

CONFIG_MAP = {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"day": ""}}
CLAIM = {
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "lake"},
    "spec": {"accessModes": ["ReadWriteOnce"]},
}


def deployer(*, group: int = 10001, claim: str = "lake", command: str = "deploy") -> dict[str, Any]:
    """A CronJob that deploys pipelines and mounts a claim."""
    pod = {
        "securityContext": {"fsGroup": group},
        "containers": [{"name": "a", "command": ["airloom"], "args": [command, "pipelines"]}],
        "volumes": [{"name": "lake", "persistentVolumeClaim": {"claimName": claim}}],
    }
    template = {"metadata": {}, "spec": pod}
    return {
        "kind": "CronJob",
        "metadata": {"name": "d"},
        "spec": {"jobTemplate": {"spec": {"template": template}}},
    }


RIGHT = [CONFIG_MAP, CLAIM, deployer()]
MISSING = [
    pytest.param(
        lambda task: kubernetes.use_secret_as_env(task, "nobodys", {"key": "KEY"}),
        "nobody is told to make the Secret nobodys",
        id="secret in the environment",
    ),
    pytest.param(
        lambda task: kubernetes.use_secret_as_env(task, "airloom-redis", {"passwords": "KEY"}),
        "Secret airloom-redis has no passwords",
        id="key of a secret",
    ),
    pytest.param(
        lambda task: kubernetes.use_secret_as_volume(task, "nobodys", "/secret"),
        "nobody is told to make the Secret nobodys",
        id="secret as a volume",
    ),
    pytest.param(
        lambda task: kubernetes.set_image_pull_secrets(task, ["nobodys"]),
        "nobody is told to make the Secret nobodys",
        id="pull secret",
    ),
    pytest.param(
        lambda task: kubernetes.use_config_map_as_volume(task, "setting", "/settings"),
        "there is no ConfigMap setting",
        id="config map as a volume",
    ),
    pytest.param(
        lambda task: kubernetes.use_config_map_as_env(task, "settings", {"night": "NIGHT"}),
        "ConfigMap settings has no night",
        id="key of a config map",
    ),
    pytest.param(
        lambda task: kubernetes.mount_pvc(task, "lakes", "/lake"),
        "there is no PersistentVolumeClaim lakes",
        id="claim",
    ),
]


@pytest.mark.parametrize(("change", "message"), MISSING)
def test_a_name_that_leads_nowhere_is_refused(change: Callable[[Any], Any], message: str) -> None:
    faults = pipelines.faults(one_step(change), objects=[*RIGHT, deployer(claim="lakes")])

    assert faults == [f"one: work: {message}."]


def test_names_that_lead_somewhere_are_right() -> None:
    def change(task: Any) -> None:
        kubernetes.use_secret_as_env(task, "airloom-redis", {"password": "REDIS_PASSWORD"})
        kubernetes.use_secret_as_env(task, "airloom-language-model", {"api-key": "KEY"}, optional=True)
        kubernetes.use_config_map_as_volume(task, "settings", "/settings")
        kubernetes.use_config_map_as_volume(task, "not-everywhere", "/more", optional=True)
        kubernetes.mount_pvc(task, "lake", "/lake")
        kubernetes.empty_dir_mount(task, "scratch", "/scratch")
        kubernetes.add_ephemeral_volume(task, "big", "/big", ["ReadWriteOnce"], "1Gi")

    assert pipelines.faults(one_step(change), objects=RIGHT) == []


def test_without_an_overlay_no_name_is_followed() -> None:
    assert pipelines.faults(one_step(lambda task: kubernetes.mount_pvc(task, "lakes", "/lake"))) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, ["inside: for-loop-2/work: nobody is told to make the Secret nobodys."]),
        ({"named": "airloom-redis"}, []),
    ],
)
def test_a_name_may_be_a_parameter_of_the_run(parameters: dict[str, Any], message: list[str]) -> None:
    @dsl.pipeline(name="inside")
    def inside(named: str = "nobodys") -> None:
        with dsl.ParallelFor([1, 2]) as shard:
            kubernetes.use_secret_as_env(sound(work(shard=shard)), named, {"password": "REDIS_PASSWORD"})

    assert pipelines.faults(compiled(inside), objects=[], parameters=parameters) == message


@pytest.mark.parametrize(
    "nearly",
    [
        pytest.param([], id="nobody mounts it"),
        pytest.param([deployer(group=5)], id="another group"),
        pytest.param([deployer(claim="other")], id="another claim"),
        pytest.param([deployer(command="run")], id="a pod that comes later"),
    ],
)
def test_somebody_must_make_the_volume_writable_before_the_first_step(nearly: list[dict[str, Any]]) -> None:
    package = one_step(lambda task: kubernetes.mount_pvc(task, "lake", "/lake"))

    assert pipelines.faults(package, objects=[CLAIM, deployer()]) == []
    (message,) = pipelines.faults(package, objects=[CLAIM, *nearly])
    assert message.startswith(
        "one: its steps write to the claim lake, which nothing makes writable for their group"
    )
    assert message.endswith("mount it in the pod that runs `airloom deploy pipelines`, with fsGroup: 10001.")
