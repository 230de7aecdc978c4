"""A `kfp.Client` for the double: without the user's saved settings and without warnings."""

from __future__ import annotations

import warnings
from pathlib import Path
from unittest.mock import patch

import kfp

from tests.kubeflow.kfp_server import KfpServer


def connect(server: KfpServer, *, token: str | None = None, namespace: str = "kubeflow") -> kfp.Client:
    """A client of a server.

    Args:
        server: Where to.
        token: The bearer token to send.
        namespace: The user's namespace. `kfp.Client` takes "kubeflow" for "none" and then asks healthz first,
            five times with five seconds in between where that is refused.
    """
    no_file = str(Path(__file__).parent / "no-such-context.json")
    with warnings.catch_warnings(), patch.object(kfp.Client, "_LOCAL_KFP_CONTEXT", no_file):
        warnings.simplefilter("ignore", FutureWarning)
        return kfp.Client(host=server.url, existing_token=token, namespace=namespace)
