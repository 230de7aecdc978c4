"""A client of a Kubeflow Pipelines server: every request has a time limit, every failure is one sentence."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from airloom.errors import AirloomError

TIMEOUT_S: Final = 30
"""Seconds that a request may take; uploading a package takes the server a few."""
_TOKEN: Final = re.compile(rb"[\x21-\x7e]+")
HEALTHZ: Final = "/apis/v2beta1/healthz"


def connect(host: str, *, namespace: str = "", token_file: Path | None = None) -> Any:
    """Return a `kfp.Client` of the server at `host`.

    Args:
        host: URL of its API.
        namespace: The profile's namespace where Kubeflow serves many users; empty where it serves one.
        token_file: File with the bearer token that the server takes.

    Raises:
        AirloomError: Nothing that is Kubeflow Pipelines answers there, or it refuses the token.
    """
    if not host.startswith(("http://", "https://")):
        raise AirloomError(f"{host} is not the URL of a server", do="Begin it with http:// or https://")
    token = _read_token(token_file) if token_file else None
    _check_health(host, token)
    import kfp

    with warnings.catch_warnings(), server_errors(host), _no_saved_settings(kfp.Client):
        warnings.simplefilter("ignore", FutureWarning)  # it says that servers before 2.0 are not served
        client = kfp.Client(host=host, namespace=namespace or "kubeflow", existing_token=token)
    _limit_time(client)
    return client


@contextlib.contextmanager
def server_errors(host: str) -> Iterator[None]:
    """Turn errors between client and server into an AirloomError, and discard what the client prints.

    Raises:
        AirloomError: The server refused a request, failed, or did not answer in time.
    """
    import kfp_server_api
    import urllib3

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except kfp_server_api.ApiException as error:
        raise _refused(host, int(error.status or 0), _reason(error)) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _unreachable(host, error) from error
    except (
        kfp_server_api.OpenApiException,
        ValueError,
    ) as error:  # an answer that the client cannot make sense of
        raise AirloomError(
            f"Kubeflow Pipelines at {host} gave an answer that cannot be used ({error})",
            do="Compare its version with the one in docs/how-to/kubernetes.md",
        ) from error


def _read_token(file: Path) -> str:
    try:
        token = file.read_bytes().strip()
    except OSError as error:
        raise AirloomError(
            f"The token file {file} cannot be read ({error.strerror})", do="Name a readable file"
        ) from error
    if not _TOKEN.fullmatch(token):
        raise AirloomError(
            f"The token file {file} does not hold one bearer token", do="Write the token into it, and no more"
        )
    return token.decode("ascii")


@contextlib.contextmanager
def _no_saved_settings(client: Any) -> Iterator[None]:
    """Hide saved settings from the client: a namespace or a login of another server."""
    name, kept = "_LOCAL_KFP_CONTEXT", client._LOCAL_KFP_CONTEXT  # noqa: SLF001 - it has no option for it
    variables = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("KF_PIPELINES_")}
    with tempfile.TemporaryDirectory() as folder:
        setattr(client, name, str(Path(folder, "context.json")))
        try:
            yield
        finally:
            setattr(client, name, kept)
            os.environ.update(variables)


def _check_health(host: str, token: str | None) -> None:
    """Call the health endpoint once: the client itself would try five times and log five tracebacks."""
    import httpx

    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(host.rstrip("/") + HEALTHZ, headers=headers, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise _unreachable(host, error) from error
    if answer.status_code != httpx.codes.OK:
        raise _refused(host, answer.status_code, answer.reason_phrase)
    try:
        understood = isinstance(answer.json(), dict)
    except ValueError:
        understood = False
    if not understood:
        raise AirloomError(
            f"{host} answers, but not as Kubeflow Pipelines does", do="Name the URL of its API with --host"
        )


def _limit_time(client: Any) -> None:
    """Give every request of `client` a time limit, for which the client has no setting."""
    rest = client._pipelines_api.api_client.rest_client  # noqa: SLF001 - shared by all parts of the client
    request = rest.request

    def limited(*arguments: Any, **options: Any) -> Any:
        options["_request_timeout"] = options.get("_request_timeout") or TIMEOUT_S
        return request(*arguments, **options)

    rest.request = limited


def _reason(error: Any) -> str:
    """Return the server's own message from the response's body."""
    try:
        body = json.loads(error.body)
        return str(body.get("message") or body.get("error") or error.reason)
    except (TypeError, ValueError, AttributeError):
        return str(error.reason)


def _refused(host: str, status: int, reason: str) -> AirloomError:
    match status:
        case 301 | 302 | 303 | 307 | 308 | 401 | 403:
            do = "Name a file with a token that may create pipelines and runs there with --token-file"
        case 404:
            do = "Check that --host is the URL of the Kubeflow Pipelines API"
        case 409:
            do = "Another deployment seems to be at work; run this again when it has ended"
        case 400:
            do = (
                "Name your profile with --namespace where Kubeflow serves many users, or compare the versions"
            )
        case _:
            do = "Run this again; finished parts are skipped"
    return AirloomError(f"Kubeflow Pipelines at {host} answers {status} ({reason})", do=do)


def _unreachable(host: str, error: Exception) -> AirloomError:
    return AirloomError(
        f"Kubeflow Pipelines at {host} cannot be reached ({type(error).__name__}: {error})",
        do="Check --host, the network policies and the server; then run this again",
    )
