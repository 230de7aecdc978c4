"""Artifacts: every input artifact of every task is fed, and by an artifact of its type."""

from __future__ import annotations

from collections.abc import Iterator

from k8s.check.pipeline.feeds import DanglingFeedError
from k8s.check.pipeline.package import Package, PipelineDag, PipelineTask, Spec, declared_artifacts, walk

ANY_TYPE = "system.Artifact"


def faults(package: Package) -> Iterator[str]:
    """Yield the input artifacts that nothing feeds, or an artifact of another type."""
    for task in walk(package):
        yield from (f"{task.path}: {fault}" for fault in _of_inputs(task))


def _of_inputs(task: PipelineTask) -> Iterator[str]:
    declared = declared_artifacts(task.component, "inputDefinitions")
    for name, spec in declared.items():
        if name not in task.artifacts and not spec.get("isOptional"):
            yield f"nothing feeds its artifact {name}; pass the output of a task before it."
    for name, source in task.artifacts.items():
        try:
            fed = _type_of_feed(task, source)
        except DanglingFeedError as error:
            yield f"its artifact {name} is fed by {error}; pass one that exists in the pipeline."
            continue
        wanted = _type(declared[name]) if name in declared else ANY_TYPE
        if ANY_TYPE not in (fed, wanted) and fed != wanted:
            yield f"its artifact {name} is {wanted}, but {fed} feeds it; change the annotation of either."


def _type_of_feed(task: PipelineTask, source: Spec) -> str:
    if "taskOutputArtifact" in source:
        output = source["taskOutputArtifact"]
        return _type_of_output(task.dag, output["producerTask"], output["outputArtifactKey"])
    name = source["componentInputArtifact"]
    around = declared_artifacts(task.dag.component, "inputDefinitions")
    if name not in around:
        holder = task.dag.runner.path if task.dag.runner else "the pipeline"
        raise DanglingFeedError(f"the artifact {name} of {holder}, which has no such artifact")
    return _type(around[name])


def _type_of_output(dag: PipelineDag, producer: str, key: str) -> str:
    task = dag.task(producer)
    if task is None:
        raise DanglingFeedError(f"the artifact {key} of {producer}, which is no task beside it")
    if task.inside is None:
        made = declared_artifacts(task.component, "outputDefinitions")
        if key in made:
            return _type(made[key])
    else:
        outputs = task.component["dag"].get("outputs", {}).get("artifacts", {})
        if key in outputs:
            chosen = outputs[key]["artifactSelectors"][0]
            return _type_of_output(task.inside, chosen["producerSubtask"], chosen["outputArtifactKey"])
    raise DanglingFeedError(f"the artifact {key} of {task.path}, which makes no such artifact")


def _type(spec: Spec) -> str:
    return str(spec["artifactType"].get("schemaTitle", ANY_TYPE))
