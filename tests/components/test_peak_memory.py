from __future__ import annotations

import subprocess
import sys
import time

import pytest

from components.peak_memory import SAMPLE_S, PeakMemory

HOLD = "import time; held = bytearray({megabytes} * 1_000_000); time.sleep({seconds})"


def test_the_memory_of_a_process_that_was_started_counts() -> None:
    with PeakMemory() as alone:
        time.sleep(SAMPLE_S)
    with PeakMemory() as together:
        subprocess.run([sys.executable, "-c", HOLD.format(megabytes=300, seconds=3 * SAMPLE_S)], check=True)

    assert alone.megabytes > 10
    assert together.megabytes >= alone.megabytes + 250


def test_a_block_that_fails_is_measured_too() -> None:
    memory = PeakMemory()
    with pytest.raises(ZeroDivisionError), memory:
        raise ZeroDivisionError

    assert memory.megabytes > 10
