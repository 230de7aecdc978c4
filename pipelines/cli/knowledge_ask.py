"""`airloom knowledge plan`, `ask`, `questions` and `answers`: a language model reads products."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

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
    OutputOption,
    PriceInOption,
    PriceOutOption,
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

if TYPE_CHECKING:
    from airloom.intents.encoding import TextEncoder
    from airloom.knowledge.intent_links import IntentLinks
    from airloom.knowledge.jobs.settings import AgentSettings
    from airloom.logs.lake import Lake

AgentReasonerOption = Annotated[
    str, typer.Option("--reasoner", help="none, openai or transformers; default: the recipe's.")
]


def plan(
    day: DayOption = "",
    shards: ShardsOption = 1,
    reasoner: AgentReasonerOption = "",
    model: ModelOption = "",
    usd_per_million_in: PriceInOption = None,
    usd_per_million_out: PriceOutOption = None,
    tokens_per_second: TokensPerSecondOption = 1000.0,
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Estimate what the agents would be asked, and the cost. No model is called.

    Example: airloom knowledge plan --reasoner openai --model qwen3-4b --usd-per-million-out 0.3
    """
    from airloom.knowledge.jobs.plan import plan as plan_of

    settings = _settings(
        recipe,
        home,
        reasoner=reasoner,
        model=model,
        usd_per_million_in=usd_per_million_in,
        usd_per_million_out=usd_per_million_out,
    )
    data_lake = lake_at(lake, home)
    last_day = day_of(data_lake, day)
    shop = _linked_shop(data_lake, last_day, recipe, home, threads=settings.threads)
    planned = plan_of(data_lake, day=last_day, settings=settings, shards=shards, links=shop.links)
    print(f"{planned.products:,} products; to ask the reasoner {settings.reasoner}:")
    for agent, count in planned.missing.items():
        print(f"{agent:12}{count:>10,}")
    if planned.cost:
        print(priced(planned.cost, tokens_per_second))


def ask(
    day: DayOption = "",
    shard: ShardOption = 0,
    shards: ShardsOption = 1,
    reasoner: AgentReasonerOption = "",
    base_url: BaseUrlOption = "",
    model: ModelOption = "",
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
    """Let an LLM read new and changed products. Safe to interrupt and rerun; build the cards afterwards.

    The last line is JSON: questions, asked, cached, repaired, rejected, empty, left, seconds, calls, tokens
    and usd.

    Example: airloom knowledge ask --reasoner openai --base-url http://localhost:8000/v1 --model qwen3-4b
    """
    from airloom.knowledge.jobs.distill import distill
    from airloom.llm.keys import Shard

    settings = _settings(
        recipe,
        home,
        reasoner=reasoner,
        model=model,
        budget_usd=budget_usd,
        base_url=base_url,
        api_key_file=api_key_file,
        usd_per_million_in=usd_per_million_in,
        usd_per_million_out=usd_per_million_out,
        concurrency=concurrency,
        timeout_s=timeout,
        max_tokens=max_tokens,
    )
    if settings.reasoner == "none":
        raise AirloomError(
            "No language model is named", do="Give --reasoner and --model, or set agents in the recipe"
        )
    data_lake = lake_at(lake, home)
    last_day = day_of(data_lake, day)
    shop = _linked_shop(data_lake, last_day, recipe, home, threads=settings.threads)
    done = distill(
        data_lake,
        day=last_day,
        settings=settings,
        links=shop.links,
        encoder=shop.encoder,
        shard=Shard(shard, shards),
    )
    print(json.dumps(done.figures()), flush=True)
    if done.stopped:
        raise AirloomError(f"{done.left:,} questions were not asked: {done.stopped}", do="Run again to go on")


def questions(
    output: OutputOption,
    model: ModelOption = "",
    day: DayOption = "",
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write unanswered questions about products as an OpenAI batch file, for `airloom knowledge answers`.

    The critic's questions are about the agents' answers: load those, then write the questions again.

    Example: airloom knowledge questions --output questions.jsonl --model qwen3-4b
    """
    from airloom.knowledge.jobs.batch_questions import write_batch_questions
    from airloom.knowledge.jobs.shop import ShopChoices
    from airloom.llm.language_models import model_of

    settings = _settings(recipe, home, reasoner="openai", model=model)
    model_of("openai", settings.openai, settings.transformers)  # refuses requests that name no model
    data_lake = lake_at(lake, home)
    last_day = day_of(data_lake, day)
    shop = _linked_shop(data_lake, last_day, recipe, home, threads=settings.threads)
    choices = ShopChoices(data_lake, links=shop.links, encoder=shop.encoder)
    count = write_batch_questions(data_lake, output, day=last_day, settings=settings, shop=choices)
    print(f"{count:,} questions in {output}")


def answers(
    file: Annotated[Path, typer.Argument(help="JSON Lines: a batch's output, or another lake's answers.")],
    model: Annotated[str, typer.Option("--model", help="Name of the model that answered.")] = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Load answers about products that an LLM gave elsewhere, without a call.

    Invalid lines are rejected with the reason; loading a file again adds nothing.

    Example: airloom knowledge answers results.jsonl --model qwen3-4b
    """
    from airloom.knowledge.jobs.answer_files import import_agent_answers

    report = import_agent_answers(lake_at(lake, home), file, model=model)
    print(
        f"{report.answered:,} answers, {report.empty:,} empty, {report.already:,} known before, "
        f"{report.rejected:,} lines rejected"
    )
    if report.rejected:
        print("The rejected lines and their reasons lie under knowledge/agents/rejected in the lake.")


def export_answers(output: OutputOption, lake: LakeOption = "", home: HomeOption = DEFAULT_HOME) -> None:
    """Write every answer of the agents, one JSON object a line, for another lake's `answers`.

    Example: airloom knowledge export-answers --output answers.jsonl
    """
    from airloom.knowledge.jobs.answer_files import export_agent_answers

    count = export_agent_answers(lake_at(lake, home), output)
    print(f"{count:,} answers in {output}")


class _LinkedShop(NamedTuple):
    """What the agents' choices come from; linked when they are first needed."""

    links: Callable[[], IntentLinks]
    encoder: TextEncoder


def _linked_shop(lake: Lake, day: date, recipe: str, home: Path, *, threads: int) -> _LinkedShop:
    from airloom.intents.sentence_encoder import SentenceEncoder
    from feature_repo.linked_objects import read_intent_links
    from pipelines.run_settings import recipe_of

    encoder, linking = SentenceEncoder(threads=threads), recipe_of(Home.at(home), recipe).linking
    links = partial(read_intent_links, lake, day=day, encoder=encoder, linking=linking)
    return _LinkedShop(links, encoder)


def _settings(recipe: str, home: Path, **options: Any) -> AgentSettings:
    """Return the recipe's settings of the agents with what the command line says in their place."""
    from pipelines.run_settings import recipe_of

    return overridden(recipe_of(Home.at(home), recipe).agents, **options)
