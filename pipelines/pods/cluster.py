"""The Kubernetes settings of a step's pod, which `kfp.kubernetes` writes into the compiled pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from components.image import IMAGE
from components.run_records import RUN_ID
from pipelines.pods.step_resources import STEP_RESOURCES

USER: Final = 10001
"""User and group of every step: the image's own, and the owner of the lake's files."""
RUN_ID_LABEL: Final = "metadata.labels['pipeline/runid']"
"""The label in which Kubeflow Pipelines writes the run's id on each of its pods."""

FEATURE_STORE: Final = "airloom-feature-store"
"""ConfigMap with feature_store.yaml."""
REDIS: Final = "airloom-redis"
"""Secret with the password of Redis, under `password`."""
LANGUAGE_MODEL: Final = "airloom-language-model"
"""Secret with the key of the language model, under `api-key`; a server without one needs no secret."""
ASKS_LANGUAGE_MODEL: Final = "distill-intents"
"""The step that asks the language model; no other gets the key."""


@dataclass(frozen=True)
class GpuSettings:
    """The steps that get GPUs, and the nodes that have them.

    Attributes:
        steps: GPUs by step, for example `{"train-ranker": 1}`.
        resource: What the node calls a GPU.
        node_selector: Labels of the nodes that have one.
        toleration: Key of the taint that keeps other pods off those nodes; empty if there is none.
    """

    steps: Mapping[str, int] = field(default_factory=dict)
    resource: str = "nvidia.com/gpu"
    node_selector: Mapping[str, str] = field(default_factory=dict)
    toleration: str = ""


@dataclass(frozen=True)
class Cluster:
    """The cluster in which the steps run. The defaults name nothing particular to one cluster.

    Attributes:
        image: The steps' image.
        lake: Root of the lake, as the steps see it.
        lake_claim: Volume claim to mount there into every step; empty where the lake needs no mount.
        feature_store: Path of feature_store.yaml in the steps that read features; its folder is the
            ConfigMap's. Empty for the store inside the lake, which needs no Redis.
        gpu: Which steps get GPUs.
    """

    image: str = IMAGE
    lake: str = ""
    lake_claim: str = ""
    feature_store: str = ""
    gpu: GpuSettings = GpuSettings()


def pod_settings(cluster: Cluster | None) -> Callable[[Any], Any]:
    """Return a function that sets a task's image, resources, retries, time-out, user, volumes and secrets.

    Caching is off for every task: the steps read the lake, and Kubeflow's cache knows only their parameters,
    which are the same every night.

    Args:
        cluster: Where the steps run; None for this machine, where a step is a process and has no pod.
    """
    from kfp import kubernetes

    if cluster is None:
        return lambda task: task

    def configure(task: Any) -> Any:
        wanted = STEP_RESOURCES[task.name]
        task.set_caching_options(False)
        task.set_container_image(cluster.image)
        cores = str(wanted.cpu_limit)
        task.set_cpu_request(wanted.cpu).set_cpu_limit(cores)
        task.set_memory_request(wanted.memory).set_memory_limit(wanted.memory_limit)
        task.set_env_variable("OMP_NUM_THREADS", cores)  # else a thread for each core of the node
        window = f"{wanted.retry_window.total_seconds():.0f}s"
        task.set_retry(
            wanted.retries, backoff_duration="30s", backoff_factor=2.0, backoff_max_duration=window
        )
        kubernetes.set_timeout(task, int(wanted.timeout.total_seconds()))
        kubernetes.set_security_context(task, run_as_user=USER, run_as_group=USER, run_as_non_root=True)
        kubernetes.use_field_path_as_env(task, RUN_ID, RUN_ID_LABEL)
        if cluster.lake_claim:
            kubernetes.mount_pvc(task, cluster.lake_claim, cluster.lake)
        if cluster.feature_store and "feature_store" in task.inputs:
            folder = str(PurePosixPath(cluster.feature_store).parent)
            kubernetes.use_config_map_as_volume(task, FEATURE_STORE, folder)
            kubernetes.use_secret_as_env(task, REDIS, {"password": "REDIS_PASSWORD"})
        if task.name == ASKS_LANGUAGE_MODEL:
            kubernetes.use_secret_as_env(task, LANGUAGE_MODEL, {"api-key": "OPENAI_API_KEY"}, optional=True)
        _give_gpu(task, cluster.gpu)
        return task

    return configure


def _give_gpu(task: Any, gpu: GpuSettings) -> None:
    from kfp import kubernetes

    count = gpu.steps.get(task.name, 0)
    if not count:
        return
    task.set_accelerator_type(gpu.resource).set_accelerator_limit(count)
    for label, value in gpu.node_selector.items():
        kubernetes.add_node_selector(task, label, value)
    if gpu.toleration:
        kubernetes.add_toleration(task, key=gpu.toleration, operator="Exists", effect="NoSchedule")
