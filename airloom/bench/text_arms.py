"""What the tower of texts of an arm reads in place of titles: knowledge cards, and controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.card_text import embed_cards
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.training_view import TrainingView

RULES_CARDS: Final = "rules_cards"
LLM_CARDS: Final = "llm_cards"
SHUFFLED_CARDS: Final = "shuffled_cards"
BOTH_CARDS: Final = "both_cards"
CATEGORY: Final = "category"
RANDOM: Final = "random"
WITHOUT_LLM: Final = (RULES_CARDS, CATEGORY, RANDOM)
OF_LLM: Final = (LLM_CARDS, SHUFFLED_CARDS, BOTH_CARDS)


class ArmTexts(NamedTuple):
    """What each arm reads of each object, float32 [O, D], by name of the arm.

    Attributes:
        before: As was known before the labels.
        now: As all training events tell.
    """

    before: Mapping[str, NDArray[np.float32]]
    now: Mapping[str, NDArray[np.float32]]


def arm_texts(
    snapshot: Snapshot, *, rules: pa.Table, written: pa.Table, encoder: TextEncoder
) -> dict[str, NDArray[np.float32]]:
    """Return what each arm reads of each object, float32 [O, D], unit length.

    `RULES_CARDS`, `LLM_CARDS` and `BOTH_CARDS` are titles and cards as one text, an object without a card its
    title; `SHUFFLED_CARDS` gives each card of `LLM_CARDS` to another product; `CATEGORY` is the category
    alone; `RANDOM` says nothing. The arms `OF_LLM` are left out if nothing is written.

    Args:
        snapshot: The objects.
        rules: `CLAIMS` of the rules.
        written: `CLAIMS` of a language model, or none.
        encoder: Of the cards' texts.
    """
    objects = snapshot.objects
    titles = pa.table({"object_id": objects.ids, "title": objects.titles})

    def read(claims: pa.Table) -> NDArray[np.float32]:
        known = claims.filter(pc.is_in(claims["object_id"], value_set=titles["object_id"].combine_chunks()))
        cards = embed_cards(known, titles, encoder=encoder)
        vectors = np.array(objects.embeddings)
        rows = pc.index_in(cards["object_id"], value_set=titles["object_id"].combine_chunks()).to_numpy()
        flat = cards["embedding"].combine_chunks().flatten().to_numpy()
        vectors[rows] = flat.reshape(len(rows), encoder.dimension)
        return vectors

    rng = np.random.default_rng(0)
    random = rng.normal(size=objects.embeddings.shape).astype(np.float32)
    leaves = objects.leaves
    categories = np.where(
        (leaves != NO_NODE)[:, None], snapshot.nodes.embeddings[np.maximum(leaves, 0)], objects.embeddings
    )
    texts = {
        RULES_CARDS: read(rules),
        CATEGORY: categories.astype(np.float32),
        RANDOM: random / np.linalg.norm(random, axis=1, keepdims=True),
    }
    if len(written):
        texts |= {
            LLM_CARDS: read(written),
            SHUFFLED_CARDS: read(_shuffled(written, rng)),
            BOTH_CARDS: read(pa.concat_tables([rules, written])),
        }
    return texts


def with_texts(view: TrainingView, texts: NDArray[np.float32]) -> TrainingView:
    """Return a view whose snapshot has `texts`, float32 [O, D], where a tower with `text: card` reads."""
    objects = view.snapshot.objects._replace(card_embeddings=texts)
    return view._replace(snapshot=replace(view.snapshot, objects=objects))


def _shuffled(claims: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Return the same cards, each of another product."""
    ids = pc.unique(claims["object_id"])
    dealt = ids.take(pa.array(rng.permutation(len(ids))))
    rows = pc.index_in(claims["object_id"].combine_chunks(), value_set=ids)
    return claims.set_column(claims.column_names.index("object_id"), "object_id", dealt.take(rows))
