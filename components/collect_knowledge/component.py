"""Kubeflow component: the knowledge cards of a day."""

from typing import NamedTuple

from kfp.dsl import Metrics, Output

from components.step import step


@step
def collect_knowledge(
    lake: str, day: str, settings: dict, linking: dict, asked: list, metrics: Output[Metrics]
) -> NamedTuple("Cards", [("claims", int), ("products", int)]):
    """Wait for all shards and build the cards of the day: of rules, of imports, and of what the agents said.

    A product that no agent has read has the claims of the rules and imports only.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The UTC day that the run is about, an ISO date.
        settings: Fields of `airloom.knowledge.settings.CardSettings`.
        linking: Fields of `airloom.intents.linking.settings.LinkingSettings`.
        asked: By shard, the number of questions that got an outcome.
        metrics: The returned figures; `asked`; `read`: products that an agent has read; `criticized`: those
            of them whose claims the critic's model has judged; `struck`: claims that the critic struck.

    Returns:
        claims: Claims on the cards.
        products: Products of the day.
    """
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.knowledge.jobs.day import write_day_cards
    from airloom.knowledge.settings import CardSettings
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.day_links import day_links

    tables, at, encoder = Lake(lake), parse_day(day), SentenceEncoder()
    cards = write_day_cards(
        tables,
        day_links(tables, day=at, linking=linking, encoder=encoder)(),
        day=at,
        encoder=encoder,
        settings=parse(CardSettings, settings),
    )
    for reason, count in cards.of_agents.struck.items():
        print(f"{count} claims of agents were struck: {reason}")
    figures = cards.figures() | {"asked": sum(int(count) for count in asked)}
    for name, value in figures.items():
        metrics.log_metric(name, value)
    return figures["claims"], figures["products"]
