"""Tells Kubernetes what every step of a compiled pipeline needs: the lake's volume and the feature store."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import yaml

FEATURE_STORE = "airloom-feature-store"
REDIS = "airloom-redis"
LANGUAGE_MODEL = "airloom-language-model"
"""Secret with the key of the language model, under `api-key`; a server without one needs no secret."""
ASKS = "exec-distill-intents"
"""Executor of the step that asks the language model."""


def with_mounts(package: Path, *, into: Path, lake: str, claim: str, feature_store: str) -> Path:
    """Write a copy of the compiled pipeline `package` whose steps mount the lake and get their secrets.

    Every step may read Redis; the step that asks the language model, and no other, gets its key.

    The committed pipelines name no volume, because that is a matter of the cluster and not of the method.

    Args:
        package: A compiled pipeline.
        into: The file to write.
        lake: Path at which the steps find the lake.
        claim: Name of the volume claim that holds it.
        feature_store: Path of feature_store.yaml in the steps; its folder is the ConfigMap's.
    """
    spec = next(yaml.safe_load_all(package.read_text(encoding="utf-8")))
    step: dict[str, Any] = {
        "pvcMount": [
            {"constant": claim, "mountPath": lake, "pvcNameParameter": {"runtimeValue": {"constant": claim}}}
        ],
        "secretAsEnv": [_secret(REDIS, key="password", variable="REDIS_PASSWORD", optional=False)],
        "configMapAsVolume": [
            {
                "configMapName": FEATURE_STORE,
                "configMapNameParameter": {"runtimeValue": {"constant": FEATURE_STORE}},
                "mountPath": str(PurePosixPath(feature_store).parent),
                "optional": False,
            }
        ],
    }
    executors = dict.fromkeys(spec["deploymentSpec"]["executors"], step)
    if ASKS in executors:
        model_key = _secret(LANGUAGE_MODEL, key="api-key", variable="OPENAI_API_KEY", optional=True)
        executors[ASKS] = step | {"secretAsEnv": [*step["secretAsEnv"], model_key]}
    platforms = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
    into.write_text(yaml.safe_dump_all([spec, platforms], sort_keys=True), encoding="utf-8")
    return into


def _secret(name: str, *, key: str, variable: str, optional: bool) -> dict[str, Any]:
    return {
        "secretName": name,
        "secretNameParameter": {"runtimeValue": {"constant": name}},
        "keyToEnv": [{"secretKey": key, "envVar": variable}],
        "optional": optional,
    }
