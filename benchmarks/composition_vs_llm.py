"""A direct call of a language model against the online composition, over the same histories, in one run.

    python -m benchmarks.composition_vs_llm
    python -m benchmarks.composition_vs_llm --llm qwen3-4b --json result.json
    python -m benchmarks.composition_vs_llm --llm qwen2.5-coder-1.5b --base-url http://127.0.0.1:8080/v1

Both sides start from the same 50 content events of the same simulated users. Without a server the model has
the published architecture and random weights, because no hub is asked: its answers are noise, its speed is
that of the real one. With `--base-url` a real model answers, and its server counts the tokens. It may use
every core; the composition runs on one. The fastest call counts, so that a machine that is busy with
something else flatters the ratio as little as possible.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from airloom.files import write_text
from airloom.intents.history_prompt import render_history
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from airloom.ranking.consistency.measure import history_text
from airloom.ranking.consistency.run import last_day
from airloom.ranking.snapshot import Snapshot
from airloom.simulation.catalogue import recorded_replies
from benchmarks.direct_call import CHARACTERS_A_TOKEN, DirectCall, time_calls, time_server, typical_answer
from benchmarks.online_composition import StoredEvents, stored_events, time_composition
from benchmarks.sample_snapshot import sample_snapshot
from benchmarks.small_llms import QWEN3

EVENTS = 50
CANDIDATES = (0, 100, 300)
HEADLINE = 100
TARGET, FLOOR = 1_000, 400
BUSY_BELOW = 0.8
"""Share of the processor time that the model's threads could have had."""


def main() -> None:
    """Measure both, print a table, and write JSON if asked to."""
    options = _parser().parse_args()
    threads = torch.get_num_threads()  # as many as torch would take, before the sentence encoder takes less
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        made = sample_snapshot(lake, shoppers=options.shoppers, recorded=True).save(lake.path("snapshots"))
        snapshot = Snapshot.load(lake.path("snapshots", made.digest))
        users = stored_events(lake, snapshot, count=EVENTS)
        prompts = render_prompts(lake, snapshot, users[: 1 if options.quick else 3])
        repetitions = 300 if options.quick else 5_000
        composed = {
            count: time_composition(snapshot, users, candidates=count, repetitions=repetitions)
            for count in CANDIDATES
        }
    answer = typical_answer(recorded_replies())
    if options.base_url:
        direct = time_server(prompts, base_url=options.base_url, model=options.llm, max_tokens=4 * answer)
    else:
        if options.llm not in QWEN3:
            raise SystemExit(f"--llm is one of {', '.join(sorted(QWEN3))}, or give --base-url")
        direct = time_calls(
            prompts, llm=options.llm, device=options.device, threads=threads, answer_tokens=answer
        )
    results = compared(direct, composed)
    print(results_table(results))
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True))


def render_prompts(lake: Lake, snapshot: Snapshot, users: Sequence[StoredEvents]) -> list[str]:
    """Return the prompt over the whole history of each of `users`."""
    top_categories = Taxonomy.of(latest_rows(lake, OBJECTS, through=last_day(snapshot))).top_categories
    texts = (history_text(snapshot, snapshot.history(*events), snapshot.before) for events in users)
    return [render_history(text, top_categories=top_categories)[-1]["content"] for text in texts]


def compared(direct: DirectCall, composed: Mapping[int, Sequence[float]]) -> dict[str, Any]:
    """Return both sides, and how many times the composition's median the fastest direct call takes."""
    call = min(direct.seconds)
    return {
        "direct": direct._asdict() | {"fastest_s": call},
        "composition": {
            str(count): {
                "repetitions": len(seconds),
                "p50_ms": 1e3 * float(np.quantile(seconds, 0.5)),
                "p99_ms": 1e3 * float(np.quantile(seconds, 0.99)),
                "ratio": call / float(np.quantile(seconds, 0.5)),
            }
            for count, seconds in composed.items()
        },
        "events": EVENTS,
        "cores": os.cpu_count(),
        "busy": os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
        if direct.weights == "real"
        else direct.device == "cpu" and direct.processor_share < BUSY_BELOW,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def results_table(results: Mapping[str, Any]) -> str:
    """Return the results as a Markdown table."""
    direct = results["direct"]
    sizes = f"{direct['prompt_tokens']:.0f} tokens of prompt, {direct['answer_tokens']} of answer"
    calls = ", ".join(f"{seconds:.2f}" for seconds in direct["seconds"])
    if direct["weights"] == "random":
        threads = f"{direct['threads']} threads"
        head = [
            f"{direct['model']}, {direct['parameters']:,} parameters, RANDOM WEIGHTS: same speed, no meaning",
            f"{results['events']} events; {sizes} (three paths), at {CHARACTERS_A_TOKEN} characters a token",
            f"direct call ({direct['device']}, {direct['precision']}, {threads}): {calls} s",
        ]
    else:
        head = [
            f"{direct['model']} at {direct['device']}, REAL WEIGHTS",
            f"{results['events']} events; {sizes}, as the server counted",
            f"direct call: {calls} s",
        ]
    lines = [
        *head,
        "",
        f"{'composition, 1 thread':32}{'p50 ms':>8}{'p99 ms':>8}{'ratio':>10}",
    ]
    for count, row in results["composition"].items():
        name = f"tree + retrieval, {count} candidates" if int(count) else "tree only"
        lines.append(f"{name:32}{row['p50_ms']:8.3f}{row['p99_ms']:8.3f}{row['ratio']:9,.0f}x")
    headline = results["composition"][str(HEADLINE)]["ratio"]
    verdict = "met" if headline >= TARGET else "missed" if headline >= FLOOR else "MISSED, below the floor"
    lines += ["", f"{headline:,.0f}x; target {TARGET:,}x, floor {FLOOR}x: {verdict}"]
    if results["busy"]:
        why = f"the call had {direct['processor_share']:.0%} of its threads' time"
        if direct["weights"] == "real":
            why = "more ran than it has cores"
        lines.append(f"The machine was BUSY: {why}, so the ratio flatters")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare a direct LLM call with the online composition.")
    parser.add_argument(
        "--llm", default="qwen3-0.6b", help=f"{', '.join(sorted(QWEN3))}, or a server's model"
    )
    parser.add_argument("--base-url", default="", help="a server with a real model, up to and with /v1")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--shoppers", type=int, default=1_000, help="size of the sample world")
    parser.add_argument("--quick", action="store_true", help="one call, few repetitions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there too")
    return parser


if __name__ == "__main__":
    main()
