"""`airloom knowledge`: knowledge cards of products: build, import, show, export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airloom.errors import AirloomError
from pipelines.cli import knowledge_ask, knowledge_browse
from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    OutputOption,
    RecipeOption,
    day_of,
    lake_at,
)
from pipelines.home import Home

if TYPE_CHECKING:
    import pyarrow as pa

    from airloom.knowledge.build_cards import BuiltCards

app = typer.Typer(
    help="Knowledge cards of products: ask an LLM, build, import, show, export.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


app.command("plan")(knowledge_ask.plan)
app.command("ask")(knowledge_ask.ask)
app.command("questions")(knowledge_ask.questions)
app.command("answers")(knowledge_ask.answers)
app.command("export-answers")(knowledge_ask.export_answers)


@app.command("build")
def build(
    day: DayOption = "", recipe: RecipeOption = "", lake: LakeOption = "", home: HomeOption = DEFAULT_HOME
) -> None:
    """Build the cards of a day: of rules, agents and imports, linked to the shop, with your overrides.

    Where nothing was asked or imported these are rules cards. No language model is called.

    Example: airloom knowledge build
    """
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.knowledge.jobs.day import write_day_cards
    from feature_repo.linked_objects import read_intent_links
    from pipelines.run_settings import recipe_of

    data_lake, chosen = lake_at(lake, home), recipe_of(Home.at(home), recipe)
    last_day = day_of(data_lake, day)
    encoder = SentenceEncoder(threads=chosen.distillation.threads)
    links = read_intent_links(data_lake, day=last_day, encoder=encoder, linking=chosen.linking)
    built, of_agents = write_day_cards(data_lake, links, day=last_day, encoder=encoder, settings=chosen.cards)
    print(f"{built.claims.num_rows:,} claims about {built.products:,} products on {last_day}")
    for reason, count in of_agents.struck.items():
        print(f"{count:,} claims of agents were struck: {reason}")
    _print_report(built)


def _print_report(built: BuiltCards) -> None:
    for relation, *counts in [built.link_report.column_names, *_rows(built.link_report)]:
        print(f"{relation:16}" + "".join(f"{count:>15}" for count in counts))
    if built.about_others:
        print(f"{built.about_others:,} claims are about ids that are no product on this day")
    if built.new_values.num_rows:
        merged = sum(row["value"] != row["becomes"] for row in built.new_values.to_pylist())
        print(
            f"{built.new_values.num_rows:,} new values, {merged:,} of them merged into others: look at them"
            " with airloom knowledge values"
        )
    for row in built.idle_overrides:
        print(f"overrides.tsv, line {row.line} changes nothing: no such claim, or no such product")


def _rows(table: pa.Table) -> Iterator[Sequence[object]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


@app.command("import")
def import_(
    cards: Annotated[Path, typer.Argument(help='JSON Lines: {"id": product id, "attributes": {...}, ...}.')],
    model: Annotated[str, typer.Option("--model", help="Name of the model that wrote them.")] = "",
    prompt: Annotated[str, typer.Option("--prompt", help="File of the prompt that it was given.")] = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Load cards that were written elsewhere, without a call. `airloom knowledge build` links them.

    Invalid lines are rejected with the reason; importing a file again adds nothing.

    Example: airloom knowledge import cards.jsonl --model qwen3-4b --prompt cards_prompt.md
    """
    from airloom.knowledge.imported.import_cards import import_cards
    from airloom.llm.batch_files.import_lines import UNRECORDED
    from airloom.llm.prompt import read_prompt

    version = read_prompt(Path(prompt)).version if prompt else UNRECORDED
    report = import_cards(lake_at(lake, home), cards, model=model, prompt=version)
    print(
        f"{report.answered:,} cards, {report.empty:,} empty, {report.already:,} known before, "
        f"{report.rejected:,} lines rejected"
    )
    if report.unknown:
        print(f"{report.unknown:,} of these cards are about ids that no product of the lake has")
    if report.rejected:
        print("The rejected lines and their reasons lie under knowledge/imported/rejected in the lake.")


@app.command("show")
def show(
    product: Annotated[str, typer.Option("--product", help="Id of a product.")],
    day: DayOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Print the card of one product: claims with source, confidence and what they rest on.

    Example: airloom knowledge show --product p0001
    """
    import pyarrow.compute as pc

    from airloom.knowledge.build_cards import read_cards
    from airloom.knowledge.claims import cards_in

    data_lake = lake_at(lake, home)
    claims = read_cards(data_lake, through=day_of(data_lake, day))
    own = cards_in(claims.filter(pc.equal(claims["object_id"], product))).get(product)
    if not own:
        raise AirloomError(
            f"There is no card of {product}", do="Check the id, or build first: airloom knowledge build"
        )
    for claim in own:
        node = f" -> {' > '.join(claim.node_path)}" if claim.node_path else ""
        support = f"; {claim.support}" if claim.support else ""
        print(f"{claim.relation:15}{claim.value}{node} ({claim.source}, {claim.confidence:.2f}{support})")


@app.command("values")
def values(lake: LakeOption = "", home: HomeOption = DEFAULT_HOME) -> None:
    """Print the vocabulary of values that were merged, to look through: overrule in knowledge/overrides.tsv.

    Example: airloom knowledge values
    """
    from airloom.knowledge.value_files import merged_values

    for row in merged_values(lake_at(lake, home)).to_pylist():
        print(f"{row['relation']:15}{row['value']} -> {row['becomes']}")


@app.command("export")
def export(
    output: OutputOption,
    day: DayOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the claims of all cards, one JSON object a product.

    Example: airloom knowledge export --output cards.jsonl
    """
    from airloom.knowledge.build_cards import read_cards
    from airloom.knowledge.export_cards import export_cards

    data_lake = lake_at(lake, home)
    count = export_cards(read_cards(data_lake, through=day_of(data_lake, day)), output)
    print(f"{count:,} cards in {output}")


app.command("browse")(knowledge_browse.browse)
