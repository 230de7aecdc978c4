"""The facts of a product of an answer, as a model reads them, and in all forms in which it may write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airloom.assistant.answer import Item
from airloom.assistant.graph.catalogue_graph import Edge
from airloom.assistant.graph.relations import OF_OTHERS
from airloom.assistant.graph.words import stems_of
from airloom.assistant.understood import Beside
from airloom.assistant.wishes import TEXT
from airloom.knowledge.edges import BRAND

_WITH_RELATION: Final = ("{relation} {value}", "{relation} is {value}", "{value} {relation}")
_FORMS: Final = ("{value}", *_WITH_RELATION)
_FORMS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    BRAND: (*_FORMS, "by {value}", "from {value}"),
    **dict.fromkeys((*OF_OTHERS, *Beside), ("{relation} {value}",)),
}
"""How a fact of a relation may be written, where that is not as in `_FORMS`. What is about another thing is
never said without its relation: what goes with a cat bed is no cat bed."""
_SAY_NOTHING_ALONE: Final = frozenset(
    ("no", "not", "none", "nor", "non", "never", "without", "yes", "true", "false")
)


def facts_of(item: Item) -> list[str]:
    """Return the facts of a product that meet conditions, each once, as a model reads them."""
    return list(dict.fromkeys(f"{_named(edge.relation)}: {edge.value}" for edge in _edges(item)))


def written_facts(item: Item) -> list[str]:
    """Return all texts that a sentence may hold for the facts of a product."""
    return [text for edge in _edges(item) for text in _written(edge)]


def _edges(item: Item) -> list[Edge]:
    """Return what is said of a product; words of its title are none, as a title counts as a whole only."""
    return [match.edge for match in item.matched if match.edge.source != TEXT]


def stands_alone(text: str) -> bool:
    """Return whether a title or a value means the same in any sentence.

    A size of 24 would read as a price, and the "no" of "waterproof: no" would deny what comes next.
    """
    return any(stem not in _SAY_NOTHING_ALONE and not stem.isnumeric() for stem in stems_of(text))


def _written(edge: Edge) -> list[str]:
    forms = _FORMS_OF.get(edge.relation, _FORMS if stands_alone(edge.value) else _WITH_RELATION)
    return [form.format(relation=_named(edge.relation), value=edge.value) for form in forms]


def _named(relation: str) -> str:
    return relation.replace("_", " ")
