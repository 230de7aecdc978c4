"""The linked objects in the table `object_intents`: what they are made from, and what later steps read."""

from __future__ import annotations

from datetime import date

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.lake_inputs import EXTENDED_BY_LINKING, LAKE_INPUTS
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.vocabulary import load_nodes
from airloom.knowledge.intent_links import IntentLinks
from airloom.lineage.derivation import Derivation, DerivedDays
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from airloom.settings import as_dict, flat
from feature_repo.tables import OBJECT_INTENTS


def object_intents(encoder: TextEncoder, settings: LinkingSettings) -> Derivation:
    """Return how `object_intents` is made: all objects of the run share one table of nodes."""
    return Derivation(
        OBJECT_INTENTS,
        version=1,
        same_day=(OBJECTS,),
        up_to_run=(OBJECTS,),
        paths=LAKE_INPUTS,
        extended_paths=EXTENDED_BY_LINKING,
        settings={"encoder": encoder.name, **flat(as_dict(settings), "linking.")},
    )


def read_intent_links(
    lake: Lake, *, day: date, encoder: TextEncoder, linking: LinkingSettings
) -> IntentLinks:
    """Return the links of a day from the features, or linked anew where these are of other inputs.

    They are of other inputs where objects, answers or overrides arrived after `build_features`, where its
    last run was about another day, or with another encoder or settings. Nothing is written either way.

    Raises:
        AirloomError: The overrides cannot be followed.
    """
    lineage = DerivedDays(lake, object_intents(encoder, linking), through=day)
    if lineage.days and not lineage.stale():
        nodes = load_nodes(lake, encoder=encoder)
        return IntentLinks.of(nodes, latest_rows(lake, OBJECT_INTENTS, through=day))
    intents = resolve_objects(lake, through=day, encoder=encoder, settings=linking, save=False)
    return IntentLinks.of(intents.nodes, intents.table)
