"""What the steps of knowledge cards read of a day's linked intents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.settings import LinkingSettings
from airloom.knowledge.intent_links import IntentLinks
from airloom.logs.lake import Lake
from airloom.settings import parse
from feature_repo.linked_objects import read_intent_links


def day_links(
    lake: Lake, *, day: date, linking: Mapping[str, Any], encoder: TextEncoder
) -> Callable[[], IntentLinks]:
    """Return what reads the day's links when they are needed: where nobody is asked, they are not.

    Args:
        lake: Holds them, or what they are made from.
        day: The day of the run.
        linking: Fields of `LinkingSettings`.
        encoder: The one that linked.

    Raises:
        AirloomError: A setting is unknown or wrong.
    """
    settings = parse(LinkingSettings, linking)
    return partial(read_intent_links, lake, day=day, encoder=encoder, linking=settings)
