"""How well and how fast a real language model reads titles, beside the recorded answers and the encoder.

    airloom llm serve &
    python -m benchmarks.llm_reasoner --model qwen2.5-coder-1.5b

A fixed sample of the sample world's lifestyle videos goes through Airloom's own path: prompt, server,
parsing, linking. The hidden truth judges all readers on the same titles.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from airloom.bench.provenance import commit, machine
from airloom.files import write_text
from airloom.intents.distill import distill
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings
from airloom.llm.settings import OpenAISettings
from airloom.logs.contract import COMMERCE, CONTENT, OBJECTS
from airloom.logs.lake import Lake
from airloom.simulation.catalogue import LANGUAGES, load_catalogue, recorded_replies
from airloom.simulation.truth import ENTERTAINMENT, load_truth, measure_intent_quality
from pipelines.demo.truth import leaves_of

DAY: Final = date(2026, 1, 1)
SEED: Final = 0


def main() -> None:
    """Ask the server, judge, print, and write JSON if asked to."""
    options = _parser().parse_args()
    settings = DistillSettings(
        "openai",
        fallback="none",
        prompt=options.prompt,
        min_paths=options.min_paths,
        openai=OpenAISettings(
            base_url=options.base_url,
            model=options.model,
            structured=options.structured,
            concurrency=1,
            timeout_s=options.timeout,
            max_tokens=options.max_tokens,
        ),
    )
    chosen = sampled(options.per_language)
    results = measured(chosen, settings) | {"machine": machine(), "commit": commit()}
    results["measured"] = datetime.now(UTC).isoformat(timespec="seconds")
    print(results_table(results))
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")


def sampled(per_language: int) -> list[str]:
    """Return ids of lifestyle videos that have a recorded answer, as many of each language."""
    catalogue, truth = load_catalogue(), load_truth()
    with recorded_replies().open(encoding="utf-8") as stream:
        answered = {json.loads(line)["id"] for line in stream}
    generator = np.random.default_rng(SEED)
    chosen: list[str] = []
    for language in range(len(LANGUAGES)):
        ids = [
            id_
            for row, id_ in enumerate(catalogue.content_ids)
            if catalogue.content_languages[row] == language
            and truth.content[row] != ENTERTAINMENT
            and id_ in answered
        ]
        chosen += generator.permutation(ids)[:per_language].tolist()
    return sorted(chosen)


def measured(chosen: list[str], settings: DistillSettings) -> dict[str, Any]:
    """Return the quality of the three readers on the chosen titles, and what the model took."""
    with tempfile.TemporaryDirectory() as folder:
        readers = {name: lake_of(Path(folder, name), chosen) for name in ("model", "recorded", "encoder")}
        done = distill(readers["model"], day=DAY, settings=settings)
        import_answers(readers["recorded"], recorded_replies(), model="recorded", prompt="recorded")
        distill(readers["encoder"], day=DAY, settings=DistillSettings())
        quality = {name: quality_of(lake, chosen) for name, lake in readers.items()}
    return {
        "titles": len(chosen),
        "model": settings.openai.model,
        "quality": quality,
        "distilled": done._asdict(),
        "tokens_per_second": round((done.tokens_in + done.tokens_out) / done.seconds, 1),
        "written_per_second": round(done.tokens_out / done.seconds, 1),
        "seconds_per_title": round(done.seconds / max(done.asked, 1), 2),
    }


def lake_of(root: Path, chosen: list[str]) -> Lake:
    """Return a lake with the shop's products and the chosen videos."""
    catalogue = load_catalogue()
    products = [
        {
            "object_id": id_,
            "domain": COMMERCE,
            "title": title,
            "category_path": list(catalogue.leaves[leaf]),
            "price": price,
            "currency": "USD",
        }
        for id_, title, leaf, price in zip(
            catalogue.product_ids,
            catalogue.product_titles,
            catalogue.product_leaves.tolist(),
            catalogue.prices.tolist(),
            strict=True,
        )
    ]
    titles = dict(zip(catalogue.content_ids, catalogue.content_titles, strict=True))
    videos = [{"object_id": id_, "domain": CONTENT, "title": titles[id_]} for id_ in chosen]
    lake = Lake(root)
    lake.write(OBJECTS, DAY, pa.Table.from_pylist(products + videos, schema=OBJECTS.stored_schema))
    return lake


def quality_of(lake: Lake, chosen: list[str]) -> dict[str, float]:
    """Return hit, precision and weighted recall of the first three leaves."""
    intents = resolve_objects(lake, through=DAY, encoder=SentenceEncoder(), settings=LinkingSettings())
    leaves = leaves_of(intents)
    answers = {id_: leaves.get(id_, []) for id_ in chosen}
    quality = measure_intent_quality(answers)["all"]
    return {name: round(getattr(quality, name), 3) for name in ("hit", "precision", "recall")}


def results_table(results: Mapping[str, Any]) -> str:
    """Return the results as text."""
    done = results["distilled"]
    lines = [f"{results['model']}, {results['titles']} titles, as many of each language"]
    for name, row in results["quality"].items():
        figures = f"hit {row['hit']:.3f}  precision {row['precision']:.3f}  recall {row['recall']:.3f}"
        lines.append(f"{name:10}{figures}")
    lines.append(
        f"{results['seconds_per_title']} s a title, {results['tokens_per_second']} tokens/s in and out, "
        f"{results['written_per_second']} written; {done['empty']} empty, {done['repaired']} repaired, "
        f"{done['rejected']} rejected"
    )
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base-url", default="http://127.0.0.1:8080/v1")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="the server's name of it")
    parser.add_argument("--per-language", type=int, default=16, help="titles of each language")
    parser.add_argument("--structured", choices=("json_schema", "llguidance"), default="llguidance")
    parser.add_argument("--min-paths", type=int, default=0, choices=(0, 1, 2, 3))
    parser.add_argument("--prompt", default="", help="file of another prompt")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for a reply")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
