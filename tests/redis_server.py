"""A Redis of a test's own, which it may kill, freeze, fill and start again on the same port."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from feature_repo.store import LOCAL
from model_service.user_events.redis_recent_events import connect

PROGRAM = shutil.which("redis-server")
SECONDS = 10.0


class RedisServer:
    """Started by `start`, and by making it; skips the test where no redis-server is installed."""

    def __init__(self, folder: Path) -> None:
        if PROGRAM is None:
            pytest.skip("redis-server is not installed, this test needs a real one")
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}"

    def feature_store(self, folder: Path) -> Path:
        """A feature_store.yaml like the lake's own, with this Redis as its online store."""
        sqlite = 'type: sqlite\n  path: "${AIRLOOM_LAKE}/feast/online.db"'
        redis = f'type: redis\n  connection_string: "127.0.0.1:{self.port}"'
        text = LOCAL.read_text(encoding="utf-8")
        assert sqlite in text
        config = folder / "redis.yaml"
        config.write_text(text.replace(sqlite, redis), encoding="utf-8")
        return config

    def client(self) -> Redis:
        """A client with more patience than a page has, for machines that are busy."""
        return connect(self.url, timeout_s=5.0)

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        assert PROGRAM is not None
        self._process = subprocess.Popen(
            [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + SECONDS
        while True:
            try:
                with self.client() as client:
                    client.ping()
            except RedisError:
                assert time.monotonic() < until, "redis-server did not start"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def freeze(self) -> None:
        """Let it hang: connections stay open, nothing is answered."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self.signal(signal.SIGCONT)

    def signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
