"""A distillation that is killed with -9 again and again, against a real server and a real disk."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from airloom.intents.answers import intent_version
from airloom.intents.prompt import shipped_prompt
from airloom.intents.store import IntentStore
from airloom.llm.store import parquet_parts
from airloom.llm.version import LLM
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, put_objects, video
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

ROOT = Path(__file__).parents[3]
KILLS = 10
ATOMS = 150
CONCURRENCY = 4
MODEL = intent_version(LLM, "qwen", shipped_prompt().version)
WORKER = """
import sys
from datetime import date
from airloom.intents.distill import distill
from airloom.intents.settings import DistillSettings, OpenAISettings
from airloom.logs.lake import Lake

lake, day, base_url = sys.argv[1:]
openai = OpenAISettings(base_url=base_url, model="qwen", concurrency=4)
settings = DistillSettings("openai", fallback="none", openai=openai)
print(distill(Lake(lake), day=date.fromisoformat(day), settings=settings).asked)
"""


def distilling(lake: Lake, server: ChatServerDouble) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, lake.root, str(DAY), server.base_url]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_requests(server: ChatServerDouble, count: int, worker: subprocess.Popen[str]) -> None:
    while len(server.requests) < count and worker.poll() is None:
        time.sleep(0.002)


def world(root: Path) -> Lake:
    lake = Lake(root)
    put_objects(lake, DAY, [video(f"c{number:03d}", f"title {number}") for number in range(ATOMS)])
    return lake


def known_to_the_lake(lake: Lake) -> set[str]:
    """Objects whose answer is on the disk, in the store or in a journal."""
    stored = set(IntentStore(lake).read()["object_id"].to_pylist())
    for journal in lake.path("intents", "journal").rglob("*.jsonl"):
        *whole, _ = journal.read_bytes().split(b"\n")
        stored |= {json.loads(line)["object_id"] for line in whole}
    return stored


def test_killed_at_ten_moments_it_ends_as_if_undisturbed_and_asks_for_no_answer_twice(tmp_path: Path) -> None:
    lake, undisturbed = world(tmp_path / "killed"), world(tmp_path / "undisturbed")
    spread = random.Random(7)  # noqa: S311 - no secret
    moments = sorted(spread.sample(range(1, ATOMS - CONCURRENCY * KILLS), KILLS))
    known: set[str] = set()
    with ChatServerDouble().running() as server:
        server.delay_s = 0.01
        for moment in moments:
            begun = len(server.requests)
            worker = distilling(lake, server)
            wait_for_requests(server, begun + max(moment - len(known), 1), worker)
            os.killpg(worker.pid, signal.SIGKILL)
            worker.communicate()
            asked = {f"c{int(title.split()[1]):03d}" for title in server.requests[begun:]}
            assert not asked & known, "an answer on the disk was asked for again"
            known = known_to_the_lake(lake)
        begun = len(server.requests)
        last, error = distilling(lake, server).communicate(timeout=120)
        assert int(last) == ATOMS - len(known), error
        assert len(server.requests) - begun == ATOMS - len(known)
        lost = len(server.requests) - ATOMS
        distilling(undisturbed, server).communicate(timeout=120)

    assert lost <= KILLS * 2 * CONCURRENCY, "more was lost than what was in flight"
    rows = Counter(
        atom_id
        for file in IntentStore(lake).answer_files(MODEL.folder)
        for atom_id in parquet_parts.read_file(file)["atom_id"].to_pylist()
    )
    assert len(rows) == ATOMS
    assert set(rows.values()) == {1}
    ends = [IntentStore(one).read().drop_columns("answered_at") for one in (lake, undisturbed)]
    assert ends[0] == ends[1]
