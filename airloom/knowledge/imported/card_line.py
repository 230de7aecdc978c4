"""One line of a file of cards: what a model wrote about one product, checked before it is kept."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airloom.intents.paths import normalize_label
from airloom.knowledge.claims import IMPORTED, MAX_VALUE_LENGTH, MAX_VALUES, Claim, Relation
from airloom.knowledge.imported.card_store import CardClaims, CardKey
from airloom.llm.batch_files.batch_line import MAX_LINE, AnswerLine
from airloom.llm.outcome import Answer
from airloom.llm.reply_format import faults_of
from airloom.logs.limits import MAX_ID_LENGTH

CONFIDENCE: Final = 0.5
"""Of every imported claim, as the files say none: the word of one source."""

Value: TypeAlias = Annotated[str, Field(max_length=MAX_VALUE_LENGTH)]
Values: TypeAlias = Annotated[list[Value], Field(max_length=MAX_VALUES)]


class CardAttributes(BaseModel):
    """What the product is; what the listing does not say is left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Value | None = None
    form: Value | None = None
    material: Value | None = None
    audience: Value | None = None
    features: Values = []


class CardLine(BaseModel):
    """A card: `id` is needed; `model` and `prompt` name what wrote it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
    attributes: CardAttributes = CardAttributes()
    needs: Values = []
    occasions: Values = []
    seasons: Values = []
    goes_with: Values = []
    replaces: Values = []
    upgrades: Values = []
    watched_before: Values = []
    model: str | None = None
    prompt: str | None = None


_LISTS: Final = {
    "needs": Relation.NEED,
    "occasions": Relation.OCCASION,
    "seasons": Relation.SEASON,
    "goes_with": Relation.GOES_WITH,
    "replaces": Relation.REPLACES,
    "upgrades": Relation.UPGRADES,
    "watched_before": Relation.WATCHED_BEFORE,
}
_ATTRIBUTES: Final = {
    "type": Relation.TYPE,
    "form": Relation.FORM,
    "material": Relation.MATERIAL,
    "audience": Relation.AUDIENCE,
}


def read_line(line: str) -> AnswerLine[CardKey, CardClaims]:
    """Return what one line says about its product.

    Raises:
        ValueError: The line is no card; the message is the reason, without the line itself.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} characters")
    try:
        card = CardLine.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _has_control(card.id):
        raise ValueError("id: has control characters")
    answer = Answer(CardKey(card.id), _claims(card), line)
    return AnswerLine([answer], card.model, card.prompt)


def _claims(card: CardLine) -> CardClaims:
    values: dict[Relation, list[str]] = {}
    for name, relation in _ATTRIBUTES.items():
        value = getattr(card.attributes, name)
        values[relation] = [] if value is None else [value]
    values[Relation.FEATURE] = card.attributes.features
    values |= {relation: getattr(card, name) for name, relation in _LISTS.items()}
    return tuple(
        Claim(relation, value, IMPORTED, CONFIDENCE)
        for relation in Relation
        for value in dict.fromkeys(_checked(relation, text) for text in values.get(relation, ()))
    )


def _checked(relation: Relation, text: str) -> str:
    if _has_control(text):
        raise ValueError(f"{relation}: has control characters")
    value = normalize_label(text)
    if not any(map(str.isalnum, value)):
        raise ValueError(f"{relation}: a value has no letter or digit")
    return value


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
