"""Erases users who requested it from every store, and searches again before a request is done."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from airloom.files import unfinished
from airloom.logs.erasure_requests import ErasureRequest, ErasureRequests
from airloom.logs.lake import Lake
from airloom.logs.row_eraser import RowEraser, TableFile, log_files
from components.page_store import erase_pages
from feature_repo.erasure import erase_online
from feature_repo.store import open_store
from feature_repo.tables import USER_TABLES

LEFT_BEHIND_AFTER: Final = timedelta(minutes=10)
"""A temporary file that has not changed for this long has no writer any more."""
PAGES: Final = "explained_pages"
"""What the proof calls the pages that were removed."""
PAUSE_S: Final = 1.0
"""The service delivers events every minute, in files that are temporary for a moment."""


def forget(lake: Lake, *, config: str | None, artifacts: Sequence[TableFile] = ()) -> list[ErasureRequest]:
    """Carry out all open erasure requests; after a kill, start again from the beginning.

    Args:
        lake: Holds logs, features and requests.
        config: Another feature_store.yaml than that of the lake.
        artifacts: Parquet files outside of the lake that hold user ids.

    Returns:
        The requests that are done now.

    Raises:
        AirloomError: Rows were delivered again meanwhile, or the online store cannot be reached.
    """
    erasures = ErasureRequests(lake)
    requests = erasures.open()
    if not requests:
        return []
    _remove_unfinished(lake.path())
    eraser = RowEraser(lake, erasures, requests)
    before = eraser.search(_files(lake, artifacts))
    # first: once the rows are gone, nothing maps the digests to user ids
    erase_online(open_store(lake=lake.root, config=config), sorted(before.user_ids), compact=True)
    removed = eraser.remove(before.files)
    pages = erase_pages(lake, {request.user_digest for request in requests})
    removed.update((digest, PAGES) for digest in pages)
    after = eraser.search(_files(lake, artifacts))
    if after.files:
        raise AirloomError(
            f"Rows of {len(after.user_ids)} users who requested erasure were delivered again into "
            f"{after.files[0].file} while they were removed",
            do="Run this again when no pipeline runs",
        )
    last = {
        request.user_digest: request for request in sorted(requests, key=lambda request: request.asked_at)
    }
    done = [
        request._replace(
            done_at=datetime.now(UTC),
            removed={
                table: count
                for (digest, table), count in sorted(removed.items())
                if digest == request.user_digest
                and request == last[digest]  # rows count for one request only
            },
            searched=after.searched,
        )
        for request in requests
    ]
    for request in done:
        erasures.write(request)
    return done


def _remove_unfinished(lake: Path) -> None:
    """Remove temporary files that killed steps left: they may hold users' rows, and no search reads them.

    Raises:
        AirloomError: A file is so new that it may still be written.
    """
    for path in unfinished(lake):
        with suppress(FileNotFoundError):  # finished meanwhile
            age = timedelta(seconds=time.time() - path.stat().st_mtime)
            if age < LEFT_BEHIND_AFTER:
                time.sleep(PAUSE_S)
                path.stat()
                raise AirloomError(
                    f"{path} is being written, or its writer was killed a moment ago",
                    do="Run this again when no pipeline runs, or ten minutes after it was killed",
                )
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _files(lake: Lake, artifacts: Sequence[TableFile]) -> list[TableFile]:
    return [*log_files(lake, *USER_TABLES), *artifacts]
