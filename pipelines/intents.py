"""The steps of `airloom-daily` that ask a reasoner about what is new: plan, distill in shards, collect."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from collections.abc import Callable
from typing import Any

from kfp import dsl

from components.collect_intents.component import collect_intents
from components.distill_intents.component import distill_intents
from components.plan_intents.component import plan_intents


def intents_pipeline(pod: Callable[[Any], Any]) -> Any:
    """Return a pipeline inside the daily one, whose `day` is its own parameter.

    The local runner gives a loop that reads another task's output the loop's item in its place.
    """

    @dsl.pipeline(name="intents", description="Gives every atom an answer.")
    def intents(lake: str, day: str, settings: dict, shards: int) -> None:
        plan = pod(plan_intents(lake=lake, day=day, settings=settings, shards=shards))
        with dsl.ParallelFor(plan.output, name="shards") as shard:
            distilled = pod(
                distill_intents(lake=lake, day=day, settings=settings, shard=shard, shards=shards)
            )
        pod(collect_intents(lake=lake, day=day, asked=dsl.Collected(distilled.outputs["asked"])))

    return intents
