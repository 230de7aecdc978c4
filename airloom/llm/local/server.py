"""A local model behind llama.cpp's own HTTP server, in this process."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, Final

from airloom.errors import AirloomError

HOST: Final = "127.0.0.1"
CONTEXT: Final = 8192
"""Tokens of a prompt and its reply: a whole history of 50 events fits."""
_PATIENT_THREADS: Final = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait must not spin: on a machine with other work they would take its cores."""


def start(file: Path, *, name: str, port: int, threads: int) -> Any:
    """Load a model and answer over HTTP, on the loopback address alone, as long as what is returned lives.

    There is one slot: requests are answered one after the other, and the common start of all prompts is read
    once.

    Args:
        file: GGUF.
        name: What requests and answers call the model.
        port: 0 for any that is free.
        threads: Of the processor.

    Raises:
        AirloomError: The port is taken, or the file is no model.
    """
    _check_free(port)
    os.environ.update({key: value for key, value in _PATIENT_THREADS.items() if key not in os.environ})
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.model_alias = {name}
    params.hostnames, params.port = [HOST], port
    params.n_parallel, params.n_ctx = 1, CONTEXT
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads, cpu.poll = threads, 0
    params.ui, params.offline, params.endpoint_metrics = False, True, True
    params.verbosity = 1
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise AirloomError(
            f"The model {file} cannot be served ({error})", do="Delete the file: it is then downloaded anew"
        ) from error


def _check_free(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except OSError as error:
        raise AirloomError(
            f"Port {port} of {HOST} cannot be used ({error.strerror})", do="Choose another with --port"
        ) from error
