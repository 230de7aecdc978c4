"""What the summary of a run expects is what the compiled pipelines do."""

from __future__ import annotations

from collections import defaultdict

import pytest

from components.summarize_run.summary import ALWAYS, SUMMARY_STEP
from k8s.check.pipeline.package import PipelineTask, read, steps
from pipelines import assistant_tuning, daily, training
from pipelines.compile import COMPILED


def reason(task: PipelineTask) -> str:
    """The step whose answer decides whether `task` runs; `always` if none does."""
    around = task.dag.runner
    while around is not None and "condition" not in around.spec.get("triggerPolicy", {}):
        around = around.dag.runner
    if around is None:
        return ALWAYS
    (producer,) = (
        source["taskOutputParameter"]["producerTask"]
        for source in around.parameters.values()
        if source.get("taskOutputParameter", {}).get("outputParameterKey") == "Output"
        and f"{source['taskOutputParameter']['producerTask']}-Output"
        in around.spec["triggerPolicy"]["condition"]
    )
    return producer.replace("-", "_")


@pytest.mark.parametrize("pipeline", [daily, training, assistant_tuning])
def test_the_expected_steps_are_those_of_the_pipeline(pipeline: object) -> None:
    compiled: defaultdict[str, set[str]] = defaultdict(set)
    for task in steps(read(COMPILED / f"{pipeline.NAME}.yaml")):  # type: ignore[attr-defined]
        step = task.component["executorLabel"].removeprefix("exec-").replace("-", "_")
        if step != SUMMARY_STEP:
            compiled[reason(task)].add(step)

    expected = pipeline.EXPECTED_STEPS  # type: ignore[attr-defined]
    assert {name: set(group) for name, group in expected.items()} == compiled
