"""The index is written again at the end of every run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from airloom.errors import AirloomError
from pipelines.home import Home
from pipelines.report.index import write_index


@contextmanager
def refreshed_index(home: Home) -> Iterator[None]:
    """Write the reports when the block ends, also where a step failed: the page then links its log.

    Raises:
        AirloomError: The block's own.
    """
    try:
        yield
    except AirloomError:
        with suppress(AirloomError):  # nothing has run yet: the block's own error says what to do
            write_index(home)
        raise
    write_index(home)
