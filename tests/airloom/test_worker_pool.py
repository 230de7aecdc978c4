from __future__ import annotations

from operator import neg
from pathlib import Path

import pytest

from airloom.worker_pool import results, worker_pool
from tests.processes import ended, sleep_as, waited_for


def fail_after(file: str) -> None:
    """Fail as soon as another process has written `file`."""
    waited_for(Path(file))
    raise ValueError("out of range")


def test_results_come_in_the_order_of_the_calls() -> None:
    with worker_pool(2) as pool:
        assert results([pool.submit(neg, number) for number in range(4)]) == [0, -1, -2, -3]


def test_a_failure_ends_what_runs_and_waits_for_nothing(tmp_path: Path) -> None:
    """Every call but the second would take ten minutes; the third may have begun when the second failed."""
    running, waiting = tmp_path / "running", tmp_path / "waiting"
    with pytest.raises(ValueError, match="out of range"), worker_pool(2) as pool:
        results(
            [
                pool.submit(sleep_as, str(running)),
                pool.submit(fail_after, str(running)),
                pool.submit(sleep_as, str(waiting)),
            ]
        )
    pids = [file.read_text(encoding="utf-8") for file in (running, waiting) if file.exists()]
    assert ended(*(int(pid) for pid in pids if pid))
