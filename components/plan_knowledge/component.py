"""Kubeflow component: which shards of the products have something to ask."""

from components.step import step


# list[int] and one unnamed output, for the reasons that plan_intents gives.
@step
def plan_knowledge(lake: str, day: str, settings: dict, linking: dict, shards: int) -> list[int]:
    """Count what the agents and the critic would be asked about products, before anything is spent.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The UTC day that the run is about, an ISO date.
        settings: Fields of `airloom.knowledge.jobs.settings.AgentSettings`.
        linking: Fields of `airloom.intents.linking.settings.LinkingSettings`.
        shards: Into how many parts the products are divided.

    Returns:
        Numbers of the shards that have something to ask; shard 0 when none has, so that the loop over them
        is never empty.
    """
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.knowledge.jobs.plan import plan
    from airloom.knowledge.jobs.settings import AgentSettings
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.day_links import day_links

    chosen = parse(AgentSettings, settings)
    tables, at, encoder = Lake(lake), parse_day(day), SentenceEncoder(threads=chosen.threads)
    links = day_links(tables, day=at, linking=linking, encoder=encoder)
    planned = plan(tables, day=at, settings=chosen, shards=shards, links=links)
    print(f"{planned.products:,} products, to ask {planned.missing}, by shard {planned.shards}")
    print(planned.cost or "nobody is asked")
    return list(planned.shards) or [0]
