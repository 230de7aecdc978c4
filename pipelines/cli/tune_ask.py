"""`airloom tune-ask`: fine-tune a language model that reads requests, on a home's catalogue and orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from airloom.logs.lake import Lake


def tune_ask(
    model: Annotated[Path, typer.Option("--model", help="Folder with safetensors, or a .gguf file.")],
    out: Annotated[
        Path, typer.Option("--out", help="For the training and the model; a stopped run goes on.")
    ],
    home: HomeOption = DEFAULT_HOME,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="YAML or JSON with what differs from the defaults.")
    ] = None,
    requests: Annotated[int, typer.Option("--requests", min=1, help="Requests to train on.")] = 2000,
    held_out: Annotated[int, typer.Option("--held-out", min=2, help="Requests to judge by.")] = 500,
) -> None:
    """Fine-tune a language model that reads requests in words, and keep it if it beats everything else.

    Requests are made from what people bought, so what answers them is known. The model writes the reading of
    a request, the assistant answers by it, and the answer is the reward. Prints the model beside rules, the
    model before, BM25 and embeddings on requests about other products.

    Example: airloom tune-ask --model smollm2.gguf --out tuned
    """
    from airloom.assistant.graph.catalogue_graph import CatalogueGraph
    from airloom.assistant.rft.arms import arms_table
    from airloom.assistant.rft.settings import FineTuningSettings
    from airloom.assistant.rft.tuning import MODEL, sampled_sets, tune
    from airloom.errors import AirloomError
    from airloom.files import write_text
    from airloom.intents.sentence_encoder import SentenceEncoder
    from airloom.logs.lake import Lake
    from airloom.settings import parse_written
    from airloom.settings_file import read_settings_file
    from components.build_snapshot.pointer import serving_snapshot
    from components.build_snapshot.publish import FOLDER
    from pipelines.home import Home

    written = (
        {}
        if settings_file is None
        else read_settings_file(settings_file, what="The settings", do="Write seed: 1")
    )
    settings = parse_written(FineTuningSettings, written)
    lake = Lake(Home.at(home).lake)
    graph = CatalogueGraph(serving_snapshot(lake.path(FOLDER)))
    bought = _bought(lake, graph.snapshot.objects.ids)
    try:
        sets = sampled_sets(graph, bought, training=requests, held_out=held_out, seed=settings.seed)
    except ValueError as error:
        raise AirloomError(f"{error} in {home}", do="Land logs with orders of them first") from error
    report = tune(model, sets, graph, SentenceEncoder(), settings, folder=out)
    write_text(out / "report.json", json.dumps(report.to_json(), indent=2) + "\n")
    print(arms_table(report.arms, {}))
    print(f"\nreward of the model's replies, minus before  {report.reward_gain.signed()}")
    for epoch in report.epochs:
        print(
            f"epoch {epoch.epoch}: {epoch.requests} requests, reward {epoch.reward:.3f}, "
            f"{epoch.share_without_variance:.0%} of the groups without variance"
        )
    print(f"\n{report.gate.sentence()}")
    if report.gate.shown:
        print(f"model   {out / MODEL}")


def _bought(lake: Lake, ids: Sequence[str]) -> NDArray[np.int32]:
    """Return the rows of the objects that were ordered, once for each order; unknown ones are left out."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from airloom.logs.contract import EVENTS, ORDER

    known, rows = pa.array(ids, pa.string()), [np.empty(0, np.int32)]
    for events in lake.chunks(EVENTS, columns=["object_id", "action"]):
        ordered = events.filter(pc.equal(events["action"], ORDER))["object_id"]
        rows.append(pc.index_in(ordered, value_set=known).drop_null().to_numpy())
    return np.concatenate(rows)
