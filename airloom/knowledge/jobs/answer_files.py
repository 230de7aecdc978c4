"""Loads answers about products that were made elsewhere, and writes the store's for another lake."""

from __future__ import annotations

from pathlib import Path

from airloom.knowledge.jobs.answer_lines import read_line, written_line
from airloom.knowledge.jobs.store import AgentStore
from airloom.llm.batch_files.export_answers import write_answers
from airloom.llm.batch_files.import_lines import ImportReport, import_lines
from airloom.logs.lake import Lake


def import_agent_answers(lake: Lake, file: Path, *, model: str = "") -> ImportReport:
    """Load the lines of `file` into the agents' store; importing it again adds nothing.

    Args:
        lake: Where the store is.
        file: What a batch API made of `write_batch_questions`, or what `export_agent_answers` wrote.
        model: Name of the model that answered, for lines that do not say it.

    Raises:
        AirloomError: The file is absent, unreadable, empty or not UTF-8, or a line does not say which model
            answered and neither does `model`.
    """
    return import_lines(AgentStore(lake), file, read_line=read_line, model=model)


def export_agent_answers(lake: Lake, output: Path) -> int:
    """Write one line for every answer of every agent and return their number.

    Args:
        lake: Where the store is.
        output: Replaced, whole or not at all; by version as they count, and by question.
    """
    return write_answers(AgentStore(lake), output, line_of=written_line)
