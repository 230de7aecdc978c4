"""The peak memory of this process, which Linux measures."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path
from typing import Final

_RESET: Final = Path("/proc/self/clear_refs")
_STATUS: Final = Path("/proc/self/status")


def reset_peak() -> None:
    """Start a new measurement; without effect on other systems than Linux."""
    with contextlib.suppress(OSError):
        _RESET.write_text("5", encoding="ascii")  # proc(5): resets the peak resident set size


def peak_mb() -> float:
    """Return the peak resident MiB since `reset_peak`, elsewhere than on Linux since the process started."""
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
