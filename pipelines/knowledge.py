"""The steps of `airloom-daily` that make knowledge cards: plan, ask the agents in shards, build the cards."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from collections.abc import Callable
from typing import Any

from kfp import dsl

from components.collect_knowledge.component import collect_knowledge
from components.distill_knowledge.component import distill_knowledge
from components.plan_knowledge.component import plan_knowledge


def knowledge_pipeline(pod: Callable[[Any], Any]) -> Any:
    """Return a pipeline inside the daily one, for the reason that `intents_pipeline` gives."""

    @dsl.pipeline(name="knowledge", description="Makes the knowledge cards of the day.")
    def knowledge(lake: str, day: str, agents: dict, cards: dict, linking: dict, shards: int) -> None:
        plan = pod(plan_knowledge(lake=lake, day=day, settings=agents, linking=linking, shards=shards))
        with dsl.ParallelFor(plan.output, name="shards") as shard:
            distilled = pod(
                distill_knowledge(
                    lake=lake, day=day, settings=agents, linking=linking, shard=shard, shards=shards
                )
            )
        asked = dsl.Collected(distilled.outputs["Output"])
        pod(collect_knowledge(lake=lake, day=day, settings=cards, linking=linking, asked=asked))

    return knowledge
