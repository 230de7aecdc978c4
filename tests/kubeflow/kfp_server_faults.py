"""Faults that a test orders for the next requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import Enum

from tests.kubeflow.kfp_server_errors import HTTP_STATUS, ApiError


class FaultKind(Enum):
    """What goes wrong with a request."""

    FAIL = "answered with an error, not carried out"
    HANG = "answered late"
    DROP_BEFORE = "not answered and not carried out"
    DROP_AFTER = "carried out, but not answered"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with the next requests of a kind.

    Attributes:
        times: The number of requests it happens to.
        method: The method of the requests; empty for any.
        path_prefix: What their path starts with.
        status: Of the answer, for FAIL.
        seconds: How late it is, for HANG.
    """

    kind: FaultKind
    times: int = 1
    method: str = ""
    path_prefix: str = ""
    status: int = 503
    seconds: float = 0.0

    def error(self) -> ApiError:
        """The answer, for FAIL."""
        codes = {status: code for code, status in HTTP_STATUS.items()}
        return ApiError(codes[self.status], "a fault that the test ordered")


class Faults:
    """The faults that are still to happen, the earliest order first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let a fault happen."""
        if fault.status not in HTTP_STATUS.values():
            message = f"KFP answers no {fault.status}; it answers {sorted(HTTP_STATUS.values())}"
            raise ValueError(message)
        with self._lock:
            self._faults.append(fault)

    def take(self, *, method: str, path: str) -> Fault | None:
        """The fault of a request, which counts it."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.method in {"", method} and path.startswith(fault.path_prefix):
                    if fault.times == 1:
                        del self._faults[index]
                    else:
                        self._faults[index] = replace(fault, times=fault.times - 1)
                    return fault
        return None
