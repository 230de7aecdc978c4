"""An assistant's answer as the API gives it: ids, titles and words for rows and numbers."""

from __future__ import annotations

from typing import Any

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.clarify import Clarification
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.understood import Understood
from model_service.api.ask import (
    AskClarification,
    AskCondition,
    AskCorrection,
    AskItem,
    AskMatch,
    AskPrice,
    AskReference,
    AskUnderstood,
)


def to_api_answer(
    answered: AssistantAnswer, clarify: Clarification | None, graph: CatalogueGraph
) -> dict[str, Any]:
    """Return the fields of an `AskResponse` that are about the answer itself."""
    return {
        "understood": _understood(answered.understood, graph),
        "corrections": [AskCorrection(*correction) for correction in answered.understood.corrections],
        "relaxed": list(answered.relaxed),
        "items": [
            AskItem(
                object_id=item.object_id,
                title=item.title,
                price=item.price,
                score=item.score,
                position=position,
                matched=[
                    AskMatch(
                        match.text,
                        match.edge.relation,
                        match.edge.value,
                        match.edge.source,
                        match.said_by or None,
                        list(match.path),
                    )
                    for match in item.matched
                ],
                unmatched=list(item.unmatched),
                reason=item.reason,
                reason_source=item.reason_source,
            )
            for position, item in enumerate(answered.items, start=1)
        ],
        "clarify": None if clarify is None else AskClarification(clarify.question, list(clarify.options)),
    }


def _understood(understood: Understood, graph: CatalogueGraph) -> AskUnderstood:
    attributes, objects = graph.snapshot.attributes, graph.snapshot.objects
    return AskUnderstood(
        conditions=[
            AskCondition(
                condition.text,
                [
                    f"{attributes.relations[value]}: {attributes.values[value]}"
                    for values in condition.sets
                    for value in values.tolist()
                ],
                condition.negated,
                condition.is_hard,
            )
            for condition in understood.conditions
        ],
        price=AskPrice(
            *understood.price_range,
            shop_currency=graph.snapshot.currency or None,
            rate=None if understood.conversion is None else understood.conversion.rate,
        ),
        references=[
            AskReference(objects.ids[reference.row], reference.title, str(reference.how))
            for reference in understood.references
        ],
        words=[stem for stem in understood.words if graph.has_word(stem)],
        unknown=list(understood.unknown),
    )
