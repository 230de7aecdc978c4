"""A double of the Kubeflow Pipelines 2.17 API server: real HTTP, real validation, no cluster.

It speaks the v2beta1 REST API of the installed `kfp_server_api`. Tests drive it through `kfp.Client`:

    with KfpServer() as server:
        client = connect(server)
        client.upload_pipeline("pipeline.yaml", pipeline_name="daily")
        assert [pipeline.name for pipeline in server.pipelines.values()] == ["daily"]

Stricter than KFP: a package's component references and Kubernetes settings are checked when it is uploaded;
KFP finds them wrong only when it compiles a run, and drops a second document that it cannot read.

Not there: running anything, archiving, terminating, retrying, PATCH of pipelines, creating from a URL,
packages in archives, artifacts, users' permissions.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.kubeflow.kfp_server_errors import ApiError, Code
from tests.kubeflow.kfp_server_faults import Fault, FaultKind, Faults
from tests.kubeflow.kfp_server_routes import Request, Response, Routes
from tests.kubeflow.kfp_server_state import KfpExperiment, KfpRun, Pipeline, PipelineVersion, RecurringRun
from tests.kubeflow.kfp_server_store import Store


class LoggedRequest(NamedTuple):
    """A request that arrived; `path` is without its query."""

    method: str
    path: str


class KfpServer:
    """The double. It listens while it is used as a context manager."""

    def __init__(self, *, token: str = "", multi_user: bool = False) -> None:
        """Make the double.

        Args:
            token: The bearer token that every request must have; empty to require none.
            multi_user: Whether resources live in namespaces, which requests must then name.
        """
        self._token = token
        self._store = Store(multi_user=multi_user)
        self._routes = Routes(self._store)
        self._faults = Faults()
        self._lock = threading.Lock()
        self._log: list[LoggedRequest] = []
        self._closing = threading.Event()
        self._http = _HttpServer(self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.close_connections()
        self._thread.join()
        if error is None and self._http.crashes:
            message = "the double crashed while it answered a request"
            raise RuntimeError(message) from self._http.crashes[0]

    @property
    def url(self) -> str:
        """What to give to `kfp.Client(host=...)`."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request that arrived, refused and failed ones too."""
        with self._lock:
            return list(self._log)

    @property
    def writes(self) -> list[LoggedRequest]:
        """The requests that ask for a change."""
        return [request for request in self.requests if request.method != "GET"]

    @property
    def experiments(self) -> Mapping[str, KfpExperiment]:
        """Experiments by id; "Default" is one of them."""
        with self._lock:
            return dict(self._store.experiments)

    @property
    def pipelines(self) -> Mapping[str, Pipeline]:
        """Pipelines by id."""
        with self._lock:
            return dict(self._store.pipelines)

    @property
    def versions(self) -> Mapping[str, PipelineVersion]:
        """Pipeline versions by id, with their parsed documents in `package`."""
        with self._lock:
            return dict(self._store.versions)

    @property
    def recurring_runs(self) -> Mapping[str, RecurringRun]:
        """Recurring runs by id."""
        with self._lock:
            return dict(self._store.recurring_runs)

    @property
    def runs(self) -> Mapping[str, KfpRun]:
        """Runs by id."""
        with self._lock:
            return dict(self._store.runs)

    def fire(self, recurring_run_id: str, *, state: str = "SUCCEEDED") -> KfpRun:
        """Start a run as the scheduled-workflow controller does when the time has come.

        Args:
            recurring_run_id: Whose run it is.
            state: What becomes of the run; "RUNNING" to let it go on.

        Raises:
            RuntimeError: The controller would not start it: disabled, or as many active runs as allowed.
        """
        with self._lock:
            return self._store.fire(recurring_run_id, state=state)

    def finish(self, run_id: str, *, state: str = "SUCCEEDED") -> KfpRun:
        """Put a run into another state."""
        with self._lock:
            return self._store.finish(run_id, state=state)

    def fail_next(
        self, *, status: int = 503, times: int = 1, path_prefix: str = "", method: str = ""
    ) -> None:
        """Answer the next requests with an error instead of carrying them out."""
        self._order(FaultKind.FAIL, status=status, times=times, path_prefix=path_prefix, method=method)

    def hang_next(self, *, seconds: float, times: int = 1, path_prefix: str = "", method: str = "") -> None:
        """Carry the next requests out, and answer them, only after some seconds."""
        self._order(FaultKind.HANG, seconds=seconds, times=times, path_prefix=path_prefix, method=method)

    def drop_next(
        self, *, carried_out: bool = False, times: int = 1, path_prefix: str = "", method: str = ""
    ) -> None:
        """Close the connection of the next requests without an answer, carried out or not.

        urllib3 repeats a GET or DELETE up to three times: four drops are needed for `kfp.Client` to notice.
        """
        kind = FaultKind.DROP_AFTER if carried_out else FaultKind.DROP_BEFORE
        self._order(kind, times=times, path_prefix=path_prefix, method=method)

    def _order(self, kind: FaultKind, **fields: Any) -> None:
        self._faults.order(Fault(kind=kind, **fields))

    def respond(self, request: Request, *, authorization: str) -> Response | None:
        """The response to a request; None to close the connection without one."""
        with self._lock:
            self._log.append(LoggedRequest(request.method, request.path))
        fault = self._faults.take(method=request.method, path=request.path)
        if fault is not None and fault.kind is FaultKind.DROP_BEFORE:
            return None
        if fault is not None and fault.kind is FaultKind.FAIL:
            return _refused(fault.error())
        if fault is not None and fault.kind is FaultKind.HANG:
            self._closing.wait(fault.seconds)
        if self._token and authorization != f"Bearer {self._token}":
            return _refused(ApiError(Code.UNAUTHENTICATED, "Request header error: there is no valid token"))
        with self._lock:
            response = self._routes.answer(request)
        dropped = fault is not None and fault.kind is FaultKind.DROP_AFTER
        return None if dropped else response


def _refused(error: ApiError) -> Response:
    return Response(error.status, error.body())


class _HttpServer(ThreadingHTTPServer):
    """Keeps its open connections, to close them, and the exceptions of its handlers, to show them."""

    daemon_threads = True

    def __init__(self, double: KfpServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.double = double
        self.connections: set[socket.socket] = set()
        self.crashes: list[BaseException] = []

    def close_connections(self) -> None:
        """End the connections that clients keep open."""
        for connection in list(self.connections):
            hang_up(connection)

    def handle_error(self, *_request: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(url.path),
            query=dict(parse_qsl(url.query)),
            content_type=self.headers.get("Content-Type", ""),
            body=body,
        )
        authorization = self.headers.get("Authorization", "")
        response = self.server.double.respond(request, authorization=authorization)
        if response is None:
            self.close_connection = True
            hang_up(self.connection)
            return
        content = json.dumps(response.body).encode()
        self.send_response(response.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of the base class

    def log_message(self, *_arguments: Any) -> None:
        """Nothing on the tests' output."""


def hang_up(connection: socket.socket) -> None:
    """Close a connection at once, both ways."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was first
