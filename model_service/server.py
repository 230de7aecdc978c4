"""Runs the service in this process, in the foreground, until it is stopped."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn

from airloom.errors import AirloomError
from airloom.process_folder import process_folder
from model_service.grpc.address import cannot_listen
from model_service.settings import ServiceSettings

if TYPE_CHECKING:  # prometheus_client must not be imported before its folder is known
    from model_service.runtime import Runtime


def bind(host: str, port: int) -> socket.socket:
    """Return a socket on `port` (0: a free one) that refuses connections until the service listens.

    Raises:
        AirloomError: The port is taken or may not be used.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "it must lie between 0 and 65535"
        raise AirloomError(
            f"Port {port} of {host} cannot be used ({reason})",
            do="Stop the other process or choose another port with --port",
        ) from error
    return listener


def check_grpc(address: str) -> None:
    """Check that gRPC will be able to listen on `host:port`.

    Raises:
        AirloomError: It will not.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise cannot_listen(address)
    try:
        bind(host.strip("[]"), int(port)).close()
    except AirloomError as error:
        raise cannot_listen(address) from error


def serve(settings: ServiceSettings, *, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; then finish running requests and write the exposures that wait.

    Args:
        settings: What to serve.
        listener: Where, see `bind`.
        ready: Called once with the base URL as soon as pages can be made. Before that, what is missing is
            printed, and `/livez`, `/readyz` and events are answered.

    Raises:
        AirloomError: The settings are wrong.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if settings.grpc is not None:
        check_grpc(settings.grpc)
    with process_folder("airloom-service") as folder:
        metrics = folder / "metrics"
        metrics.mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)  # read when prometheus_client is first imported
        import airloom.compiled  # noqa: F401 - its folder outlives the process
        from model_service.release.reloader import WAITING_LOGGER
        from model_service.runtime import Runtime
        from model_service.service import build_service

        _print_messages_only(logging.getLogger(WAITING_LOGGER))
        tempfile.tempdir = str(folder)  # what libraries leave there goes with it
        runtime = Runtime(settings)  # errors are raised here, as a sentence, rather than inside the server
        service = build_service(lambda: runtime)
        config = uvicorn.Config(service.to_asgi(), log_config=None, server_header=False)
        try:
            _Server(config, runtime, ready).run(sockets=[listener])
        finally:
            runtime.stop()


def _print_messages_only(log: logging.Logger) -> None:
    """Let a log's messages be lines of stderr without a date, as those that end the process are."""
    log.addHandler(logging.StreamHandler())
    log.propagate = False


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, runtime: Runtime, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._runtime, self._ready = runtime, ready
        self._url: str | None = None
        """Where it listens, until `ready` is called."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            address: tuple[Any, ...] = sockets[0].getsockname()
            host = f"[{address[0]}]" if ":" in address[0] else address[0]
            self._url = f"http://{host}:{address[1]}"

    async def on_tick(self, counter: int) -> bool:
        """Run what is due; called ten times a second."""
        if self._url is not None and self._runtime.ready.done():
            self._ready(self._url)
            self._url = None
        return await super().on_tick(counter)
