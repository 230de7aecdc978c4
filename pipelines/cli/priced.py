"""The line that says what asking a language model will take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # --help loads nothing heavy
    from airloom.llm.cost import Cost

TokensPerSecondOption = Annotated[
    float,
    typer.Option("--tokens-per-second", min=0.1, help="Throughput of the server, in and out together."),
]


def priced(cost: Cost, tokens_per_second: float) -> str:
    """Return calls, tokens, price and duration in one line."""
    basis = "as its answers so far took" if cost.measured else "estimated from the length of the prompts"
    return (
        f"{cost.calls:,} calls, {cost.tokens_in:,} tokens in, {cost.tokens_out:,} out ({basis}), "
        f"${cost.usd:,.2f}, {cost.hours(tokens_per_second):,.2f} hours at {tokens_per_second:,.0f} tokens/s"
    )
