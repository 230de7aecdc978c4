"""Which of the two formats a folder has."""

from __future__ import annotations

from pathlib import Path

from airloom.bench import event_files, sequence_files
from airloom.bench.dataset import Dataset
from airloom.bench.event_files import EventFiles
from airloom.bench.sequence_files import SequenceFiles
from airloom.errors import AirloomError


def open_dataset(data: Path, name: str) -> Dataset:
    """Return the dataset in the folder `data`, called `name`.

    Raises:
        AirloomError: The folder has neither format.
    """
    if sequence_files.is_here(data):
        return SequenceFiles(name, data)
    if event_files.is_here(data):
        return EventFiles(name, data)
    raise AirloomError(
        f"{data} has neither {sequence_files.TITLES} with train*.txt, valid.txt and test.txt, nor "
        f"{event_files.EVENTS} with {event_files.ITEMS}",
        do="Give a folder as in docs/how-to/benchmark.md",
    )
