# Kubeflow reads the annotations of steps at run time, hence no postponed evaluation here.

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, List  # noqa: UP035 - Kubeflow knows this one only

from kfp import compiler, dsl, kubernetes

from k8s.check.pipeline.package import Package, read

IMAGE = "small:1.0"


@dsl.component(base_image=IMAGE)
def untyped_list() -> list:
    return [1]


@dsl.component(base_image=IMAGE)
def numbers() -> List[int]:  # noqa: UP006
    return [1]


@dsl.component(base_image=IMAGE)
def digest() -> str:
    return "a"


@dsl.component(base_image=IMAGE)
def flag() -> bool:
    return True


@dsl.component(base_image=IMAGE)
def work(shard: int, data_digest: str = "") -> int:
    return shard


@dsl.component(base_image=IMAGE)
def total(parts: List[int]) -> int:  # noqa: UP006
    return 0


@dsl.component(base_image=IMAGE)
def last(status: dsl.PipelineTaskFinalStatus, lake: str) -> None:
    print(status)


def sound(task: Any) -> Any:
    """Everything that a step must say."""
    task.set_caching_options(False).set_retry(2)
    task.set_cpu_request("100m").set_cpu_limit("1").set_memory_request("256Mi").set_memory_limit("1Gi")
    kubernetes.set_timeout(task, 600)
    return kubernetes.set_security_context(task, run_as_user=10001, run_as_group=10001, run_as_non_root=True)


def compiled(pipeline: Any) -> Package:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pipeline.yaml"
        compiler.Compiler().compile(pipeline, str(file))
        return read(file)


def one_step(change: Callable[[Any], Any] = lambda task: task) -> Package:
    """A sound pipeline of one step, which `change` may spoil."""

    @dsl.pipeline(name="one")
    def one() -> None:
        change(sound(work(shard=1)))

    return compiled(one)


def uncached(task: Any) -> Any:
    return task.set_caching_options(False)


def everything(change: Callable[[Any], Any] = sound, held: Callable[[Any], Any] = uncached) -> Package:
    """A pipeline with all that Kubeflow has: loops, conditions, sub-pipeline, exit handler, lists, one-of."""

    @dsl.pipeline(name="inner")
    def inner(count: int) -> int:
        return change(work(shard=count)).output

    @dsl.pipeline(name="everything")
    def everything_(lake: str, shards: int = 2, rows: list = [{"size": 1}]) -> None:  # noqa: B006
        with dsl.ExitHandler(change(last(lake=lake))):
            planned = change(numbers())
            with dsl.ParallelFor(planned.output) as shard:
                worked = change(work(shard=shard))
                with dsl.If(worked.output > 3):
                    change(work(shard=worked.output))
                with dsl.ParallelFor([1, 2]) as part:
                    change(work(shard=part))
            change(total(parts=dsl.Collected(worked.output)))
            change(untyped_list())
            change(digest())
            raised = change(flag())
            with dsl.If(raised.output == True):  # noqa: E712 - a pipeline condition
                first = change(work(shard=shards))
            with dsl.Else():
                second = change(work(shard=1))
            change(work(shard=dsl.OneOf(first.output, second.output)))
            change(work(shard=held(inner(count=shards)).output))
            with dsl.ParallelFor(rows) as row:
                change(work(shard=row.size))

    return compiled(everything_)
