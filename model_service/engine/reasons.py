"""The reasons of a page as the API gives them: labels, titles and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airloom.causes import Cause
from airloom.intents.linking.nodes import NO_NODE
from airloom.logs.contract import ACTIONS, COMMERCE_ACTIONS
from airloom.ranking.history import UserHistory
from airloom.ranking.reasons.reasons import Attribution
from airloom.ranking.snapshot import Objects, Snapshot
from airloom.timestamps import EpochSeconds, to_datetime
from model_service.api.rank import Reason, ReasonEvent

_TEXTS: Final[Mapping[Cause, str]] = {
    Cause.INTENTS: "fits your interest: {chain}",
    Cause.BOUGHT_TOGETHER: "chosen {together_with} {event}",
    Cause.REPEAT: "you chose it before: {action}",
    Cause.TITLE: "similar to {event}",
    Cause.SEQUENCE: "likely next, after {event}",
    Cause.PRICE: "priced like {event}",
    Cause.POPULARITY: "{popular}",
    Cause.INFERRED: "{inferred} (inferred, not in your log)",
    Cause.REMAINING: "the best of the other candidates",
}

UNEXPLAINED: Final = Reason(chain=[], events=[], cause=Cause.UNEXPLAINED, text="")
"""The reason of a product on a page that could not be explained."""


def to_api_reasons(
    snapshot: Snapshot, history: UserHistory, products: list[int], explained: list[Attribution]
) -> list[Reason]:
    """Return the reasons of some products with labels, titles and a sentence.

    Args:
        snapshot: What is ranked.
        history: The user's events.
        products: Rows of the snapshot.
        explained: The reason of each of them.
    """
    reason_events: dict[int, ReasonEvent] = {}  # products of one page mostly share their events
    for reason in explained:
        for event in reason.events:
            if event not in reason_events:
                reason_events[event] = to_reason_event(snapshot.objects, history, event)
    return [
        _reason(snapshot, product, reason, [reason_events[event] for event in reason.events])
        for product, reason in zip(products, explained, strict=True)
    ]


def to_reason_event(objects: Objects, history: UserHistory, index: int) -> ReasonEvent:
    """Return the event at an index of the history, with its object's id and title."""
    row = int(history.objects[index])
    return ReasonEvent(
        object_id=objects.ids[row],
        title=objects.titles[row],
        action=ACTIONS[history.actions[index]],
        at=to_datetime(EpochSeconds(int(history.timestamps[index]))),
    )


def _reason(snapshot: Snapshot, product: int, reason: Attribution, events: list[ReasonEvent]) -> Reason:
    chain = [snapshot.nodes.labels[node] for node in reason.chain]
    return Reason(chain, events, reason.cause, _text(snapshot, product, reason, chain, events))


def _text(
    snapshot: Snapshot, product: int, reason: Attribution, chain: list[str], events: list[ReasonEvent]
) -> str:
    """Return the reason as a short sentence."""
    leaf = int(snapshot.objects.leaves[product])
    return _TEXTS[reason.cause].format(
        chain=" → ".join(chain),
        event=(events[0].title or events[0].object_id) if events else "",
        action=events[0].action if events else "",
        together_with="with" if events and events[0].action in COMMERCE_ACTIONS else "by people who saw",
        inferred="" if reason.behavior is None else _inferred(snapshot.objects, product, reason.behavior),
        popular="popular" if leaf == NO_NODE else f"popular in {snapshot.nodes.labels[leaf]}",
    )


def _inferred(objects: Objects, product: int, behavior: int) -> str:
    if behavior == product:
        return "you may want it next"
    return f"like {objects.titles[behavior] or objects.ids[behavior]}, which you may want next"
