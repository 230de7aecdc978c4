"""Artifacts are followed through conditions and exit handlers to the step that makes them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from k8s.check.__main__ import COMPILED
from k8s.check.pipeline.artifacts import faults
from k8s.check.pipeline.package import Package, read


@pytest.fixture(scope="module")
def training() -> Package:
    return read(COMPILED / "airloom-training.yaml")


def spoilt(package: Package, change: Callable[[dict[str, Any]], Any]) -> Package:
    """A copy in which `change` was done to the components."""
    spec = deepcopy(dict(package.spec))
    change(spec["components"])
    return replace(package, spec=spec)


def tasks(components: dict[str, Any], of: str = "comp-exit-handler-1") -> dict[str, Any]:
    inner: dict[str, Any] = components[of]["dag"]["tasks"]
    return inner


def artifact(components: dict[str, Any], task: str, name: str) -> dict[str, Any]:
    fed: dict[str, Any] = tasks(components)[task]["inputs"]["artifacts"][name]
    return fed


def test_the_artifacts_of_the_training_are_right(training: Package) -> None:
    assert list(faults(training)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: artifact(c, "train-ranker", "dataset")["taskOutputArtifact"].update(
                outputArtifactKey="nothing"
            ),
            "artifact dataset is fed by the artifact nothing of exit-handler-1/build-training-set, which",
        ),
        (
            lambda c: artifact(c, "train-ranker", "dataset")["taskOutputArtifact"].update(
                producerTask="nobody"
            ),
            "its artifact dataset is fed by the artifact dataset of nobody, which is no task beside it",
        ),
        (
            lambda c: tasks(c)["train-ranker"]["inputs"]["artifacts"].pop("dataset"),
            "train-ranker: nothing feeds its artifact dataset; pass the output of a task before it.",
        ),
        (
            lambda c: artifact(c, "evaluate-ranker", "model")["taskOutputArtifact"].update(
                producerTask="build-training-set", outputArtifactKey="dataset"
            ),
            "evaluate-ranker: its artifact model is system.Model, but system.Dataset feeds it",
        ),
        (
            lambda c: tasks(c, "comp-condition-2")["register-model"]["inputs"]["artifacts"]["model"].update(
                componentInputArtifact="nothing"
            ),
            "register-model: its artifact model is fed by the artifact nothing of exit-handler-1/condition-2",
        ),
    ],
)
def test_an_artifact_that_leads_nowhere_is_named(
    training: Package, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    (fault,) = faults(spoilt(training, change))

    assert message in fault
