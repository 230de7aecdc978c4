"""`airloom intents plan` and `distill`: what asking would cost, and asking."""

from __future__ import annotations

import json

from airloom.errors import AirloomError
from pipelines.cli.options import (
    DEFAULT_HOME,
    BaseUrlOption,
    BudgetOption,
    ConcurrencyOption,
    DayOption,
    HomeOption,
    KeyFileOption,
    LakeOption,
    MaxTokensOption,
    ModelOption,
    PriceInOption,
    PriceOutOption,
    PromptOption,
    ReasonerOption,
    RecipeOption,
    ShardOption,
    ShardsOption,
    TimeoutOption,
    day_of,
    lake_at,
    overridden,
)
from pipelines.cli.priced import TokensPerSecondOption, priced
from pipelines.home import Home

LINE = (
    "atoms",
    "asked",
    "cached",
    "repaired",
    "rejected",
    "empty",
    "tokens_in",
    "tokens_out",
    "usd",
    "seconds",
)
"""The figures of the JSON line that ends a distillation."""


def plan(
    day: DayOption = "",
    shards: ShardsOption = 1,
    reasoner: ReasonerOption = "",
    model: ModelOption = "",
    prompt: PromptOption = "",
    usd_per_million_in: PriceInOption = None,
    usd_per_million_out: PriceOutOption = None,
    tokens_per_second: TokensPerSecondOption = 1000.0,
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Estimate the questions and the cost of a distillation. No model is called.

    Example: airloom intents plan --reasoner openai --model qwen3-4b --usd-per-million-out 0.3
    """
    from airloom.intents.plan import plan as plan_of
    from pipelines.run_settings import recipe_of

    settings = overridden(
        recipe_of(Home.at(home), recipe).distillation,
        reasoner=reasoner,
        model=model,
        prompt=prompt,
        usd_per_million_in=usd_per_million_in,
        usd_per_million_out=usd_per_million_out,
    )
    data_lake = lake_at(lake, home)
    planned = plan_of(data_lake, day=day_of(data_lake, day), settings=settings, shards=shards)
    busy = f"{len(planned.shards)} of {shards} shards"
    print(f"{planned.atoms:,} atoms, {planned.missing:,} to ask the reasoner {settings.reasoner}, in {busy}")
    if planned.cost:
        print(priced(planned.cost, tokens_per_second))


def distill(
    day: DayOption = "",
    shard: ShardOption = 0,
    shards: ShardsOption = 1,
    reasoner: ReasonerOption = "",
    base_url: BaseUrlOption = "",
    model: ModelOption = "",
    prompt: PromptOption = "",
    api_key_file: KeyFileOption = "",
    budget_usd: BudgetOption = None,
    usd_per_million_in: PriceInOption = None,
    usd_per_million_out: PriceOutOption = None,
    concurrency: ConcurrencyOption = None,
    timeout: TimeoutOption = None,
    max_tokens: MaxTokensOption = None,
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Send unanswered questions to an LLM. Safe to interrupt and rerun.

    The last line is JSON: atoms, asked, cached, repaired, rejected, empty, tokens_in, tokens_out, usd and
    seconds.

    Example: airloom intents distill --reasoner openai --base-url http://localhost:8000/v1 --model qwen3-4b
    """
    from airloom.intents import distill as distillation
    from pipelines.run_settings import recipe_of

    settings = overridden(
        recipe_of(Home.at(home), recipe).distillation,
        reasoner=reasoner,
        model=model,
        prompt=prompt,
        budget_usd=budget_usd,
        base_url=base_url,
        api_key_file=api_key_file,
        usd_per_million_in=usd_per_million_in,
        usd_per_million_out=usd_per_million_out,
        concurrency=concurrency,
        timeout_s=timeout,
        max_tokens=max_tokens,
    )
    data_lake = lake_at(lake, home)
    done = distillation.distill(
        data_lake, day=day_of(data_lake, day), settings=settings, shard=shard, shards=shards
    )._asdict()
    print(json.dumps({name: done[name] for name in LINE}), flush=True)
    if done["stopped"]:
        raise AirloomError(
            f"{done['left']:,} atoms were not asked: {done['stopped']}", do="Run again to go on"
        )
