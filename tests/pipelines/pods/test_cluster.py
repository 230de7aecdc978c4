"""What the steps' pods get, read from the compiled platform part with Kubeflow's own protobuf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf.json_format import ParseDict
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig

from components.readme import folders
from pipelines.compile import compile_into
from pipelines.pods.cluster import Cluster, GpuSettings
from pipelines.pods.step_resources import STEP_RESOURCES

CLUSTER = Cluster(
    image="registry.example/airloom-pipeline:1",
    lake_claim="airloom-lake",
    lake="/lake",
    feature_store="/etc/airloom/feature-store/feature_store.yaml",
    gpu=GpuSettings(steps={"train-ranker": 2}, node_selector={"pool": "gpu"}, toleration="gpu"),
)


class Compiled:
    """The executors of both pipelines by step, and what Kubernetes is told of each."""

    def __init__(self, files: list[Path]) -> None:
        self.containers: dict[str, Any] = {}
        self.kubernetes: dict[str, KubernetesExecutorConfig] = {}
        self.retries: dict[str, Any] = {}
        for file in files:
            spec, platform = yaml.safe_load_all(file.read_text(encoding="utf-8"))
            for dag in [spec["root"], *spec["components"].values()]:
                for task in dag.get("dag", {}).get("tasks", {}).values():
                    if "executorLabel" in spec["components"][task["componentRef"]["name"]]:
                        self.retries[task["taskInfo"]["name"]] = task["retryPolicy"]
            for label, executor in spec["deploymentSpec"]["executors"].items():
                self.containers[label.removeprefix("exec-")] = executor["container"]
            for label, config in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].items():
                self.kubernetes[label.removeprefix("exec-")] = ParseDict(config, KubernetesExecutorConfig())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return Compiled(compile_into(tmp_path_factory.mktemp("compiled"), CLUSTER))


def test_the_table_of_resources_has_every_component_and_no_other() -> None:
    assert {folder.name.replace("_", "-") for folder in folders()} == STEP_RESOURCES.keys()


def test_every_step_runs_as_a_user_that_is_not_root_in_the_given_image(compiled: Compiled) -> None:
    for step, config in compiled.kubernetes.items():
        context = config.security_context
        assert (context.run_as_user, context.run_as_group, context.run_as_non_root) == (10001, 10001, True), (
            step
        )
        assert compiled.containers[step]["image"] == CLUSTER.image


def test_every_step_has_the_resources_of_the_table(compiled: Compiled) -> None:
    for step, container in compiled.containers.items():
        wanted, given = STEP_RESOURCES[step], container["resources"]
        assert given["resourceCpuRequest"] == wanted.cpu
        assert given["resourceCpuLimit"] == str(wanted.cpu_limit)
        assert given["resourceMemoryRequest"] == wanted.memory
        assert given["resourceMemoryLimit"] == wanted.memory_limit
        assert compiled.kubernetes[step].active_deadline_seconds == wanted.timeout.total_seconds()


def test_every_step_is_repeated_as_the_table_says_and_has_the_time_for_it(compiled: Compiled) -> None:
    """Argo starts no attempt after the window, which Kubeflow calls the longest back-off."""
    for step, policy in compiled.retries.items():
        wanted = STEP_RESOURCES[step]
        assert policy["maxRetryCount"] == wanted.retries, step
        assert float(policy["backoffMaxDuration"].removesuffix("s")) > (
            (wanted.retries + 1) * wanted.timeout.total_seconds()
        )


def test_no_step_starts_more_threads_than_it_has_cores(compiled: Compiled) -> None:
    for step, container in compiled.containers.items():
        assert {"name": "OMP_NUM_THREADS", "value": str(STEP_RESOURCES[step].cpu_limit)} in container["env"]


def test_every_step_mounts_the_lake(compiled: Compiled) -> None:
    for step, config in compiled.kubernetes.items():
        (mount,) = config.pvc_mount
        assert (mount.constant, mount.mount_path) == ("airloom-lake", "/lake"), step


def test_only_steps_that_read_features_get_the_password_of_redis(compiled: Compiled) -> None:
    readers = {
        step
        for step, config in compiled.kubernetes.items()
        if any(secret.secret_name == "airloom-redis" for secret in config.secret_as_env)
    }

    assert readers == {
        "forget-users",
        "register-features",
        "build-snapshot",
        "infer-behaviors",
        "build-training-set",
    }
    assert readers == {step for step, config in compiled.kubernetes.items() if config.config_map_as_volume}


def test_only_the_step_that_asks_gets_the_key_of_the_language_model(compiled: Compiled) -> None:
    keys = {
        (step, key.env_var, secret.optional)
        for step, config in compiled.kubernetes.items()
        for secret in config.secret_as_env
        if secret.secret_name == "airloom-language-model"
        for key in secret.key_to_env
    }

    assert keys == {("distill-intents", "OPENAI_API_KEY", True)}


def test_gpus_go_to_the_named_step_only(compiled: Compiled) -> None:
    accelerators = {
        step: container["resources"]["accelerator"]
        for step, container in compiled.containers.items()
        if "accelerator" in container["resources"]
    }

    assert accelerators.keys() == {"train-ranker"}
    assert accelerators["train-ranker"]["resourceType"] == "nvidia.com/gpu"
    assert accelerators["train-ranker"]["resourceCount"] == "2"
    for step, config in compiled.kubernetes.items():
        gpu = step == "train-ranker"
        assert dict(config.node_selector.labels) == ({"pool": "gpu"} if gpu else {})
        assert [toleration.key for toleration in config.tolerations] == (["gpu"] if gpu else [])


def test_the_committed_pipelines_name_no_cluster() -> None:
    from pipelines.compile import COMPILED

    compiled = Compiled(sorted(COMPILED.glob("*.yaml")))

    for config in compiled.kubernetes.values():
        assert not config.pvc_mount
        assert not config.config_map_as_volume
