"""`airloom intents consistency`: whether composed intents say what one reading of the whole history says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import (
    DEFAULT_HOME,
    BaseUrlOption,
    BudgetOption,
    HomeOption,
    KeyFileOption,
    LakeOption,
    ModelOption,
    ReasonerOption,
    RecipeOption,
    lake_at,
    overridden,
)
from pipelines.home import Home

if TYPE_CHECKING:
    from airloom.intents.store import IntentStore
    from airloom.llm.version import Version


def consistency(
    users: Annotated[
        int, typer.Option("--users", min=2, help="Users drawn from those of the last day.")
    ] = 200,
    reasoner: ReasonerOption = "",
    base_url: BaseUrlOption = "",
    model: ModelOption = "",
    api_key_file: KeyFileOption = "",
    budget_usd: BudgetOption = None,
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Compare composed intents with what the reasoner answers about whole histories.

    Prints JSON: node F1, cosine and rank correlation with 95% intervals, each beside the level of chance, and
    `own_answers`, the share of the stored answers that this reasoner gave: far below 1, one reasoner is
    compared with another.

    Example: airloom intents consistency --users 200 --reasoner encoder
    """
    from airloom.intents.reasoners.factory import history_reader_named, version_of
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.intents.store import IntentStore
    from airloom.ranking.consistency.measure import ConsistencySettings
    from airloom.ranking.consistency.run import consistency_of, last_day, sampled_histories
    from components.build_snapshot.pointer import serving_snapshot
    from components.build_snapshot.publish import FOLDER
    from pipelines.run_settings import recipe_of

    chosen = recipe_of(Home.at(home), recipe)
    settings = overridden(
        chosen.distillation,
        reasoner=reasoner,
        model=model,
        base_url=base_url,
        api_key_file=api_key_file,
        budget_usd=budget_usd,
    )
    data_lake = lake_at(lake, home)
    snapshot = serving_snapshot(data_lake.path(FOLDER))
    inputs = chosen.training.ranker.inputs
    day = last_day(snapshot)
    agreement = consistency_of(
        data_lake,
        snapshot,
        sampled_histories(data_lake, snapshot, users=users, seed=0),
        open_reader=lambda objects, cache: history_reader_named(
            settings.reasoner, settings, data_lake, day=day, objects=objects, cache=cache
        ),
        encoder=SentenceEncoder(threads=settings.threads),
        linking=chosen.linking,
        settings=ConsistencySettings(tree=inputs.tree, retrieval=inputs.retrieval),
    )
    version = version_of(settings.reasoner, settings, data_lake)
    print(
        json.dumps({**agreement.as_dict(), "own_answers": _share(IntentStore(data_lake), version)}, indent=2)
    )


def _share(store: IntentStore, version: Version) -> float:
    """Return the share of the answers that count which are of `version`."""
    import pyarrow.compute as pc

    answers = store.read(("model", "prompt_version"))
    own = pc.and_(
        pc.equal(answers["model"], version.model), pc.equal(answers["prompt_version"], version.prompt)
    )
    count = int(pc.sum(own).as_py() or 0)
    share: float = count / max(answers.num_rows, 1)
    return round(share, 4)
