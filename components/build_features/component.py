"""Kubeflow component: feature tables from clean logs and intents."""

from typing import NamedTuple

from kfp.dsl import HTML, Metrics, Output

from components.step import step


@step
def build_features(
    lake: str, day: str, linking: dict, metrics: Output[Metrics], browser: Output[HTML]
) -> NamedTuple("Outputs", users=int, objects=int, nodes=int):
    """Build the Feast sources up to the end of a day; days whose inputs did not change are not built again.

    Args:
        lake: Root of the lake.
        day: The UTC day that the run is about, an ISO date.
        linking: How labels become nodes (`LinkingSettings`).
        metrics: Users, objects, nodes, and the days written of each table.
        browser: A page to search objects and see their intents.

    Returns:
        users: Users with a history.
        objects: Objects with a profile.
        nodes: Nodes of the vocabulary.
    """
    from pathlib import Path

    from airloom.intents.linking.settings import LinkingSettings
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.build_features.build import build

    settings = parse(LinkingSettings, linking)
    page = Path(browser.path)
    built = build(lake, day=parse_day(day), encoder=SentenceEncoder(), settings=settings, page=page)
    for name, value in built._asdict().items():
        metrics.log_metric(name, value)
    return NamedTuple("Outputs", [("users", int), ("objects", int), ("nodes", int)])(
        built.users, built.objects, built.nodes
    )
