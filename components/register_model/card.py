"""The model card: what a ranker is, its training data, its metrics and its limits."""

from __future__ import annotations

from textwrap import fill
from typing import Any, Final

from components.build_training_set.dataset import days_of
from components.evaluate_ranker.models import AIR, AIR_WITH_INTENTS, AIR_WITHOUT_INTENTS, DISPLAY_NAMES
from components.train_ranker.choice import choice_text

NAMES: Final = DISPLAY_NAMES | {
    AIR: "this model",
    AIR_WITH_INTENTS: "the same with intents",
    AIR_WITHOUT_INTENTS: "the same without intents",
}
WIDTH: Final = 100
"""Characters in a line."""


def model_card(evaluation: dict[str, Any]) -> str:
    """Return the model card as Markdown, from the result of evaluate_ranker."""
    train, window = evaluation["dataset"]["train"], evaluation["dataset"]["evaluation"]
    rows = "\n".join(
        f"| {NAMES[name]} | {metrics['hr10']:.4f} | {metrics['ndcg10']:.4f} |"
        for name, metrics in evaluation["models"].items()
    )
    intents = fill(choice_text(evaluation["choice"]), WIDTH)
    versions = "\n".join(f"- {name}: {value}" for name, value in sorted(window["versions"].items()))
    return f"""\
# {evaluation["model_version"]}

Orders products for a user from the intents behind their recent events: an intent tree, target-aware
retrieval of nodes and evidence, attention, a small tower. It needs a snapshot of the same text encoder.

## Trained on

{train["rows"]} labels, {days_of(train)}, snapshot {train["snapshot"]}.

{versions}

## With or without intents

{intents}

## Measured on

{evaluation["targets"]} orders of {evaluation["users"]} users, {days_of(window)}, in lists that the service
would have shown before them: {evaluation["candidates"]} candidates of {evaluation["products"]} products on
sale, snapshot {window["snapshot"]}. No product is sampled.

| ranker | HR@10 | NDCG@10 |
|---|---|---|
{rows}

## Limits

Offline metrics compare rankers, they do not forecast sales: an experiment does. The text encoder is English
in the main. Scores order the candidates of one request and mean nothing across requests.
"""
