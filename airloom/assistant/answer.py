"""What an assistant answers: products, why each of them, and what it understood."""

from __future__ import annotations

from typing import Literal, NamedTuple

from airloom.assistant.graph.catalogue_graph import Edge
from airloom.assistant.understood import Understood

ReasonSource = Literal["llm", "graph"]
"""Who words a reason: a language model, of what the graph says, or the graph itself."""


class Match(NamedTuple):
    """A condition that a product meets, a wish that it may fulfil, or a named product that it is beside.

    Attributes:
        text: Of the condition, or words of the wish.
        edge: What the catalogue says of the product, and who says so. For a wish that may be its title
            (source `TEXT`) or a need whose intent paths lead to its category (`INTENT`), for a named product
            what people do (`COLLABORATIVE`).
        said_by: Who says that the condition follows from what the request names; empty where it is its own.
        path: Of a category whose label others share: the labels from the root down to the product's.
    """

    text: str
    edge: Edge
    said_by: str = ""
    path: tuple[str, ...] = ()

    @property
    def fact(self) -> str:
        """What is said of the product, and where it comes from as far as that is not the product itself."""
        relation = self.edge.relation.replace("_", " ")
        value = " > ".join(self.path) or self.edge.value
        return f"{relation}: {value}" + (f" ({self.text}, says {self.said_by})" if self.said_by else "")


class Item(NamedTuple):
    """A product of an answer.

    Attributes:
        object_id: Its id.
        title: Its title.
        price: None if it is unknown.
        score: Of the user's ranker, among the products that meet the conditions.
        matched: In the order of the conditions, then wishes.
        unmatched: Texts of hard conditions that it does not meet.
        reason: One sentence, of what the catalogue says only.
        reason_source: Who has worded it.
    """

    object_id: str
    title: str
    price: float | None
    score: float
    matched: tuple[Match, ...]
    unmatched: tuple[str, ...]
    reason: str
    reason_source: ReasonSource = "graph"


class AssistantAnswer(NamedTuple):
    """An answer.

    Attributes:
        items: The best first.
        understood: What was searched for.
        relaxed: Conditions that were left out because no product meets all.
        matching: Products that meet the hard conditions that are left.
    """

    items: tuple[Item, ...]
    understood: Understood
    relaxed: tuple[str, ...]
    matching: int
