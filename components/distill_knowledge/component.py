"""Kubeflow component: what a language model says about the products of one shard."""

from kfp.dsl import Metrics, Output

from components.step import step


@step
def distill_knowledge(
    lake: str, day: str, settings: dict, linking: dict, shard: int, shards: int, metrics: Output[Metrics]
) -> int:
    """Ask the agents about the products of one shard that they have not read, then the critic.

    Killed at any moment it loses the replies in flight; run again it asks only for what is missing. If the
    budget is spent or the server does not answer, the next run goes on, also where only the critic is left.
    The reasoner `none` asks nobody.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The UTC day that the run is about, an ISO date.
        settings: Fields of `airloom.knowledge.jobs.settings.AgentSettings`.
        linking: Fields of `airloom.intents.linking.settings.LinkingSettings`.
        shard: Number of this shard, below `shards`.
        shards: Into how many parts the products are divided.
        metrics: Questions asked, cached, repaired, rejected, empty, left; calls, tokens, cost.

    Returns:
        Questions that got an outcome.
    """
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.knowledge.jobs.distill import distill
    from airloom.knowledge.jobs.settings import AgentSettings
    from airloom.llm.keys import Shard
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.day_links import day_links

    chosen = parse(AgentSettings, settings)
    tables, at, encoder = Lake(lake), parse_day(day), SentenceEncoder(threads=chosen.threads)
    done = distill(
        tables,
        day=at,
        settings=chosen,
        links=day_links(tables, day=at, linking=linking, encoder=encoder),
        encoder=encoder,
        shard=Shard(int(shard), int(shards)),
    )
    print(done.stopped or "the agents were asked about every product", done.warning)
    for name, value in done.figures().items():
        metrics.log_metric(name, value)
    return done.asked
