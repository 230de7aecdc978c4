"""An open-loop load generator: a request is due at its time, whether or not those before it were answered.

What waits because a server stalls counts from when it was due, not from when a connection became free. A loop
that sends the next request after the last answer asks less just when the server is slow, and reports too
little (coordinated omission; Tene, How NOT to Measure Latency, 2013).
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

SPIN_SECONDS: Final = 0.0002
"""Before a request is due its thread stops sleeping and looks at the clock: sleep ends late."""
START_SECONDS: Final = 0.01
"""In which the threads start."""
PERCENTILES: Final = (50, 95, 99, 99.9)


class Connection(Protocol):
    """One kept connection; asks one thing at a time."""

    def ask(self, number: int) -> bool:
        """Send request `number`, wait for its answer, and say whether it was a good one."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Load(NamedTuple):
    """What a run measured.

    Attributes:
        milliseconds: float64 [n], of every good answer, from when its request was due.
        errors: Requests without a good answer.
        seconds: From the first due time to the last answer.
    """

    milliseconds: NDArray[np.float64]
    errors: int
    seconds: float

    @property
    def rps(self) -> float:
        """Good answers a second."""
        return len(self.milliseconds) / self.seconds

    def percentiles(self) -> dict[str, float]:
        """Return `{"p50_ms", "p95_ms", "p99_ms", "p99.9_ms"}`; NaN without a good answer."""
        samples = self.milliseconds if len(self.milliseconds) else np.array([np.nan])
        return {f"p{percentile}_ms": float(np.percentile(samples, percentile)) for percentile in PERCENTILES}


class Clock:
    """Seconds that only grow, and waiting for them."""

    def now(self) -> float:
        """Return the time."""
        return time.perf_counter()

    def wait_until(self, due: float) -> None:
        """Return at `due`, hardly later."""
        while (left := due - time.perf_counter()) > 0:
            if left > SPIN_SECONDS:
                time.sleep(left - SPIN_SECONDS)


def run_load(
    connect: Callable[[], Connection],
    *,
    connections: int,
    rate: float | None,
    seconds: float,
    clock: Clock | None = None,
) -> Load:
    """Ask for a while.

    Args:
        connect: Opens a connection.
        connections: Each has a thread, and one request at a time.
        rate: Requests a second that are due, over all connections; None asks as fast as answers come, which
            measures throughput and says nothing of latency.
        seconds: How long requests become due.
        clock: Another one, for tests.
    """
    clock = clock or Clock()
    opened = [connect() for _ in range(connections)]
    numbers, lock = itertools.count(), threading.Lock()
    taken: list[list[float]] = [[] for _ in opened]
    failed = [0] * connections
    start = clock.now() + START_SECONDS

    def work(index: int) -> None:
        while True:
            with lock:
                number = next(numbers)
            due = clock.now() if rate is None else start + number / rate
            if due >= start + seconds:
                return
            clock.wait_until(due)
            if opened[index].ask(number):
                taken[index].append(clock.now() - due)
            else:
                failed[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = clock.now()
    for connection in opened:
        connection.close()
    return Load(1e3 * np.array(list(itertools.chain(*taken))), sum(failed), ended - start)
