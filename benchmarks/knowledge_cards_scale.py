"""What the knowledge cards of a day cost: of a whole shop for the first time, and again with 1% new products.

    python -m benchmarks.knowledge_cards_scale --json FILE
    python -m benchmarks.knowledge_cards_scale --products 10000

The shop is made up: titles of six words, a price and one of 3,000 categories a product, 2,000 videos that
name needs, 200,000 events a day. Cards are of rules and of what an agent has said about every product (no
language model is called: the answers are made up, too). A process of its own builds the cards of a day, on
one core, after the intents are linked, as in the daily pipeline.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.bench.provenance import commit, machine
from airloom.files import check_writable, write_text
from airloom.intents.encoding import TextEncoder
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.knowledge.agents.agents import ATTRIBUTES
from airloom.knowledge.agents.answers import agent_version
from airloom.knowledge.agents.remarks import Remarks, Statement
from airloom.knowledge.build_cards import build_cards, write_cards
from airloom.knowledge.claims import Relation
from airloom.knowledge.jobs.claims_of_agents import agent_claims
from airloom.knowledge.jobs.known_products import known_products
from airloom.knowledge.jobs.shop import shop_terms
from airloom.knowledge.jobs.store import AgentStore
from airloom.knowledge.settings import CardSettings
from airloom.knowledge.tasks import TASKS
from airloom.lineage.derivation import DerivedDays
from airloom.llm.keys import Shard
from airloom.llm.outcome import Answer
from airloom.logs.contract import COMMERCE, CONTENT, EVENTS, OBJECTS, ORDER, VIEW
from airloom.logs.lake import Lake
from components.build_features.objects import write_intents
from feature_repo.linked_objects import object_intents, read_intent_links

FIRST_DAY: Final = date(2026, 3, 1)
PRODUCTS: Final = 100_000
NEW_SHARE: Final = 0.01
VIDEOS, USERS, EVENTS_A_USER = 2_000, 5_000, 40
TOPS, LEAVES = 50, 60
WORDS: Final = 4_000
CONSONANTS, VOWELS = "klmnprstvzbdfghj", "aoiu"


def main() -> None:
    """Measure both days, and print them side by side."""
    options = _parser().parse_args()
    if options.lake_of_child:
        encoder = SentenceEncoder(threads=1)
        figures = build_day(Lake(options.lake_of_child), date.fromisoformat(options.day), encoder)
        print(json.dumps(figures))
        return
    if options.json:
        check_writable(options.json)
    with TemporaryDirectory(prefix="airloom-") as folder:
        days = measure(Lake(folder), products=options.products)
    results = {"products": options.products, "days": days, "machine": machine(), "commit": commit()}
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")
    first, second = days
    for name, value in first.items():
        ratio = second[name] / value if value else 0.0
        print(f"{name:16}{value:>14,.1f}{second[name]:>14,.1f}{ratio:>8.2f}")


def measure(lake: Lake, *, products: int) -> list[dict[str, float]]:
    """Return the figures of the first day, and of the second with 1% new products.

    Args:
        lake: An empty one.
        products: Of the first day.
    """
    figures = []
    total = 0
    for number, new in enumerate((products, round(products * NEW_SHARE))):
        day = FIRST_DAY + timedelta(days=number)
        fill_day(lake, day, first_product=total, products=new)
        total += new
        link_day(lake, day, SentenceEncoder(threads=1))
        answer_for_agents(lake, day)
        figures.append(_built_elsewhere(lake, day))
    return figures


def link_day(lake: Lake, day: date, encoder: TextEncoder) -> None:
    """Link the intents of a day as `build_features` does, which embeds titles as well."""
    settings = LinkingSettings()
    lineage = DerivedDays(lake, object_intents(encoder, settings), through=day)
    resolved = resolve_objects(lake, through=day, encoder=encoder, settings=settings)
    lineage.refresh_extended_paths()
    write_intents(lake, resolved.table, lineage=lineage)


def _built_elsewhere(lake: Lake, day: date) -> dict[str, float]:
    """Return what `build_day` measures in another process, on one core."""
    command = ["-m", "benchmarks.knowledge_cards_scale", "--lake-of-child", lake.root, "--day", str(day)]
    process = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return figures


def build_day(lake: Lake, day: date, text_encoder: TextEncoder) -> dict[str, float]:
    """Build the cards of a day as `collect_knowledge` does; return CPU seconds and peak memory."""
    encoder = CountingEncoder(text_encoder)
    figures: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        before = time.process_time()
        yield
        figures[name] = round(time.process_time() - before, 2)

    with timed("links_s"):
        links = read_intent_links(lake, day=day, encoder=encoder, linking=LinkingSettings())
    with timed("agents_s"):
        of_agents = agent_claims(lake, day=day, terms=shop_terms(links))
    with timed("cards_s"):
        built = build_cards(
            lake, links, through=day, encoder=encoder, settings=CardSettings(), agents=[of_agents.claims]
        )
    with timed("write_s"):
        write_cards(lake, built.claims, day=day)
    return figures | {
        "all_s": round(sum(figures.values()), 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "claims": built.claims.num_rows,
        "texts_encoded": encoder.texts,
    }


class CountingEncoder:
    """A text encoder that counts.

    Args:
        encoder: Encodes.

    Attributes:
        texts: How many it has encoded.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self.name, self.dimension = encoder.name, encoder.dimension
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts, float32 [len(texts), dimension]."""
        self.texts += len(texts)
        return self._encoder.encode(texts)


def fill_day(lake: Lake, day: date, *, first_product: int, products: int) -> None:
    """Write the objects and events of a day, and what a language model says of its videos."""
    rng = np.random.default_rng(day.toordinal())
    rows: list[dict[str, Any]] = []
    for number in range(first_product, first_product + products):
        leaf = int(rng.integers(TOPS * LEAVES))
        words = (WORDS * rng.random(6) ** 3).astype(int)
        title = " ".join(f"{_word(word)}" for word in words.tolist())
        rows.append(
            {
                "object_id": f"p{number:07}",
                "domain": COMMERCE,
                "title": f"{title} {number}",
                "category_path": [f"top {_word(leaf % TOPS)}", f"leaf {_word(leaf)} {leaf % TOPS}"],
                "price": float(rng.gamma(4, 5)),
                "currency": "USD",
            }
        )
    if not first_product:
        videos = [f"c{number:05}" for number in range(VIDEOS)]
        rows += [{"object_id": video, "domain": CONTENT, "title": f"video {video}"} for video in videos]
        replies = [
            {"id": video, "paths": [{"labels": [f"needing {_word(int(need))}"], "confidence": 0.6}]}
            for video, need in zip(videos, rng.integers(400, size=VIDEOS), strict=True)
        ]
        file = lake.path("replies.jsonl")
        write_text(file, "".join(f"{json.dumps(row)}\n" for row in replies))
        lake.write(OBJECTS, day, pa.Table.from_pylist(rows, schema=OBJECTS.stored_schema))
        import_answers(lake, file, model="made-up")
    else:
        lake.write(OBJECTS, day, pa.Table.from_pylist(rows, schema=OBJECTS.stored_schema))
    lake.write(EVENTS, day, _events(rng, day, products=first_product + products))


def _events(rng: np.random.Generator, day: date, *, products: int) -> pa.Table:
    count = USERS * EVENTS_A_USER
    is_order = rng.random(count) < 0.3
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1e6)
    numbers = np.where(is_order, rng.integers(products, size=count), rng.integers(VIDEOS, size=count))
    columns = {
        "user_id": [f"u{user}" for user in rng.integers(USERS, size=count).tolist()],
        "ts": pa.array(start + rng.integers(86_400_000_000, size=count), pa.timestamp("us", "UTC")),
        "domain": np.where(is_order, COMMERCE, CONTENT).tolist(),
        "action": np.where(is_order, ORDER, VIEW).tolist(),
        "object_id": [
            f"p{number:07}" if order else f"c{number:05}"
            for number, order in zip(numbers.tolist(), is_order.tolist(), strict=True)
        ],
    }
    table = pa.table(columns)
    for field in EVENTS.stored_schema:
        if field.name not in columns:
            table = table.append_column(field, pa.nulls(count, field.type))
    return table.select(EVENTS.stored_schema.names).cast(EVENTS.stored_schema)


def answer_for_agents(lake: Lake, day: date) -> None:
    """Store an answer of the attributes agent about each product without one: two words of its title."""
    store, version = AgentStore(lake), agent_version("made-up", TASKS[ATTRIBUTES.name].prompt_version)
    exclude = store.answered_or_rejected_files(version.folder)
    with known_products(lake, agent=ATTRIBUTES.name, day=day, exclude=exclude) as known:
        for chunk in known.open_chunks(Shard()):
            outcomes = []
            for question in chunk.to_pylist():
                words = question["title"].split()
                statements: Remarks = (
                    Statement(Relation.FORM, words[0]),
                    Statement(Relation.MATERIAL, words[1]),
                )
                outcomes.append(Answer(TASKS[ATTRIBUTES.name].key(question), statements, "made up"))
            rows = store.answers.rows(outcomes, version=version, reasoner="made-up")
            store.append(version, store.answers.table(rows))


def _word(number: int) -> str:
    """Return a word that can be spoken, another one for each number below 4,096."""
    digits = [number // 16**power % 16 for power in range(3)]
    return "".join(CONSONANTS[digit] + VOWELS[digit % 4] for digit in digits)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=PRODUCTS, help="of the first day")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    parser.add_argument("--lake-of-child", help=argparse.SUPPRESS)
    parser.add_argument("--day", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
