"""The model card: what a ranker is, what it was trained on, how good it is and where it stops."""

from __future__ import annotations

from typing import Any, Final

NAMES: Final = {
    "air": "this model",
    "air_without_intents": "the same without intents",
    "item_cf": "item-CF",
    "sequence": "SASRec with titles",
    "popularity": "popularity",
}


def model_card(evaluation: dict[str, Any]) -> str:
    """Markdown, from the result of evaluate_ranker."""
    train, window = evaluation["dataset"]["train"], evaluation["dataset"]["evaluation"]
    rows = "\n".join(
        f"| {NAMES[name]} | {found['hr10']:.4f} | {found['ndcg10']:.4f} |"
        for name, found in evaluation["models"].items()
    )
    versions = "\n".join(f"- {name}: {value}" for name, value in sorted(window["versions"].items()))
    return f"""\
# {evaluation["model_version"]}

Orders products for a user from the intents behind their recent events: an intent tree, target-aware
retrieval of chains and evidence, attention, a small tower. It needs a snapshot of the same text encoder.

## Trained on

{train["rows"]} labels from {train["from"]} to before {train["before"]}, snapshot {train["snapshot"]}.

{versions}

## Measured on

{evaluation["targets"]} orders of {evaluation["users"]} users from {window["from"]} to before
{window["before"]}, each among {evaluation["candidates"]:.0f} products, snapshot {window["snapshot"]}.

| ranker | HR@10 | NDCG@10 |
|---|---|---|
{rows}

## Limits

Sampled metrics compare rankers, they do not forecast sales: an experiment does. The text encoder is English
in the main. Scores order the candidates of one request and mean nothing across requests.
"""
