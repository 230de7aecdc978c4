"""Requests made from the catalogue that is served and the orders of a lake."""

from __future__ import annotations

from datetime import date

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.rft.bought_products import bought_products
from airloom.assistant.rft.known_requests import RequestSets
from airloom.assistant.rft.sampled_requests import sampled_sets
from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from components.build_snapshot.pointer import serving_snapshot
from components.build_snapshot.publish import FOLDER


def lake_requests(lake: Lake, *, day: date, requests: int, held_out: int, seed: int) -> RequestSets:
    """Return requests about products that were ordered.

    Args:
        lake: With a snapshot and orders.
        day: The last day of which orders are read.
        requests: To train on, at most.
        held_out: To judge by, at most.
        seed: Of what is drawn.

    Raises:
        AirloomError: There is no snapshot or no order.
    """
    graph = CatalogueGraph(serving_snapshot(lake.path(FOLDER)))
    bought = bought_products(lake, graph.snapshot.objects.ids, through=day)
    try:
        return sampled_sets(graph, bought, training=requests, held_out=held_out, seed=seed)
    except ValueError as error:
        raise AirloomError(
            f"{error} in {lake.location()}", do="Land logs with orders of them first"
        ) from error
