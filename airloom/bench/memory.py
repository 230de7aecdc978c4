"""The most memory that this process held since a moment, where the system tells it (Linux does)."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path
from typing import Final

_RESET: Final = Path("/proc/self/clear_refs")
_STATUS: Final = Path("/proc/self/status")


def forget_peak() -> None:
    """Begin anew; without effect where the system has no way to."""
    with contextlib.suppress(OSError):
        _RESET.write_text("5", encoding="ascii")  # proc(5): resets the peak resident set size


def peak_mb() -> float:
    """Resident MiB at most since `forget_peak`; since the process began where that had no effect."""
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
