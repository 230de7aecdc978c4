"""Requests of people from files of the form of RecBench+ (docs/how-to/benchmark-requests.md)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from airloom.assistant.evaluation.request_files import read_requests
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.rft.known_requests import RequestSets, RulesReadRequest
from airloom.errors import AirloomError
from airloom.intents.paths import normalize_label

HELD_OUT_OF: Final = 4
"""One request of so many is held out."""


def file_requests(folder: Path, *, split: str, requests: int, held_out: int) -> RequestSets:
    """Return requests to train on and requests to judge by, of one split of the files.

    Which of the two a request is in depends on its words alone, so that it is the same in every run and the
    same words are never in both. Requests without a known answer are left out.

    Args:
        folder: Of the files, the catalogue among them.
        split: Of the files; the other one is left for `airloom bench-ask`.
        requests: To train on, at most: the first ones of the file.
        held_out: To judge by, at most.

    Raises:
        AirloomError: A file is missing or is not what it should be, or nothing is left to train on or to
            judge by.
    """
    read = read_requests(folder, split=split)
    graph = CatalogueGraph(read.snapshot)
    parser = RulesParser(graph)
    sets: tuple[list[RulesReadRequest], list[RulesReadRequest]] = [], []
    for case in read.cases:
        chosen, most = (sets[1], held_out) if is_held_out(case.query) else (sets[0], requests)
        if len(case.satisfying) and len(chosen) < most:
            chosen.append(RulesReadRequest.of(case, parser))
    if not all(sets):
        raise AirloomError(
            f"{folder} has too few requests of the split {split!r} with a known answer",
            do="Add requests to it, or name the other split",
        )
    return RequestSets(graph, *sets)


def is_held_out(query: str) -> bool:
    """Return whether a request is one to judge by; capitals and blanks make no difference."""
    digest = hashlib.sha256(normalize_label(query).encode()).digest()
    return digest[0] % HELD_OUT_OF == 0
