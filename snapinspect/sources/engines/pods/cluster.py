"""The cluster's side: what is asked of its API server. Needs the package kubernetes, which takes a while to import.

Objects are plain dicts, as the API server gives them.
"""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream
from urllib3.exceptions import HTTPError

from snapinspect.errors import SourceError
from snapinspect.kube.cluster.connect import configuration
from snapinspect.sources.engines.pods.stream import Stream

Body = dict[str, Any]

_CONNECT, _ANSWER = 10.0, 30.0
_STREAM = 60.0
_REFUSED = re.compile(r'cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)"')
_HANDSHAKE = re.compile(r"Handshake status (?P<status>\d+)(?:.*-\+-\+- (?P<body>.*))?", re.DOTALL)
_MAY_NOT, _NOT_FOUND, _UNKNOWN = 403, 404, 401
_LOG_LINES = 20


class Refused(SourceError):
    """The API server said no; ``status`` is its HTTP status, 0 when it was not reached."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status


class Cluster:
    """The cluster of a kubeconfig's context, by default the current one. All methods raise SourceError.

    Raises SnapinspectError when the kubeconfig leads nowhere.
    """

    def __init__(self, kubeconfig: Path | None = None, context: str = "") -> None:
        self._configuration, _ = configuration(str(kubeconfig or ""), context)
        self._client: Any = client.ApiClient(self._configuration)
        self._api: Any = client.CoreV1Api(self._client)
        self.address = str(self._configuration.host)

    def close(self) -> None:
        self._client.close()
        # Which leaves its connections open.
        self._client.rest_client.pool_manager.clear()

    def pods(self, namespace: str, labels: str = "") -> list[Body]:
        with self._asking("list", "pods", namespace):
            found = self._api.list_namespaced_pod(namespace, label_selector=labels, **_RAW)
        return list(_body(found)["items"])

    def pod(self, namespace: str, name: str) -> Body | None:
        """The pod as it is now; None when there is none."""
        try:
            with self._asking("get", "pods", namespace):
                return _body(self._api.read_namespaced_pod(name, namespace, **_RAW))
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise
            return None

    def create(self, pod: Body) -> None:
        namespace = pod["metadata"]["namespace"]
        with self._asking("create", "pods", namespace):
            _body(self._api.create_namespaced_pod(namespace, pod, **_RAW))

    def delete(self, namespace: str, name: str) -> bool:
        """False when there is none."""
        try:
            with self._asking("delete", "pods", namespace):
                _body(self._api.delete_namespaced_pod(name, namespace, **_RAW))
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise
            return False
        return True

    def nodes(self) -> list[Body]:
        with self._asking("list", "nodes"):
            return list(_body(self._api.list_node(**_RAW))["items"])

    def log(self, namespace: str, name: str, container: str) -> list[str]:
        """The last lines that a container printed."""
        with self._asking("get", "pods/log", namespace):
            answer = self._api.read_namespaced_pod_log(
                name, namespace, container=container, tail_lines=_LOG_LINES, **_RAW
            )
        return bytes(answer.data).decode("utf-8", "replace").splitlines()

    def execute(
        self, namespace: str, name: str, container: str, command: list[str], *, reads_input: bool = False
    ) -> Stream:
        """Runs ``command`` in the container; its channels are input, output, errors and the status at the end."""
        options = {"container": container, "command": command, "stdin": reads_input, "stdout": True, "stderr": True}
        return self._stream("pods/exec", "connect_get_namespaced_pod_exec", namespace, name, options)

    def forward(self, namespace: str, name: str, port: int) -> Stream:
        """A connection to a port inside the pod; its channels are the data and the errors."""
        options = {"ports": str(port)}
        return self._stream("pods/portforward", "connect_get_namespaced_pod_portforward", namespace, name, options)

    def _stream(self, resource: str, method: str, namespace: str, name: str, options: Body) -> Stream:
        def connect() -> Any:
            # A client of its own, as opening a stream replaces a method of the client meanwhile.
            with closing(client.ApiClient(self._configuration)) as own:
                call = getattr(client.CoreV1Api(own), method)
                return stream(call, name, namespace, binary=True, _preload_content=False, **options).sock

        with self._asking("create", resource, namespace):
            return Stream(_within(_STREAM, connect), _STREAM)

    @contextmanager
    def _asking(self, verb: str, resource: str, namespace: str = "") -> Iterator[None]:
        """Says what a failure means."""
        try:
            yield
        except ApiException as error:
            raise self._refused(error, verb, resource, namespace) from None
        except (HTTPError, OSError) as error:
            raise Refused(0, f"the cluster at {self.address} does not answer: {_short(error)}", _REACH) from None

    def _refused(self, error: Any, verb: str, resource: str, namespace: str) -> Refused:
        status, said = _answer(error)
        place = f" in namespace {namespace}" if namespace else ""
        named = _REFUSED.search(said)
        if status == _MAY_NOT and named:
            verb, resource = named["verb"], named["resource"]
            return Refused(status, f"you have no right to {verb} {resource}{place}", _right(verb, resource, namespace))
        if status == _UNKNOWN:
            return Refused(status, f"the cluster at {self.address} does not know you", "Is the kubeconfig still valid?")
        hint = "--pod-namespace names another namespace." if status == _MAY_NOT else ""
        return Refused(status, f"the cluster refused to {verb} {resource}{place}: {_short(said)}", hint)


def _answer(error: Any) -> tuple[int, str]:
    """The HTTP status and what was said with it; of a stream both stand in the reason.

    Older versions of websocket-client write the answer there as Python writes bytes.
    """
    body, status = error.body, int(error.status or 0)
    handshake = _HANDSHAKE.match(str(error.reason))
    if handshake and not body:
        status, body = int(handshake["status"]), handshake["body"] or ""
        if body.startswith(("b'", 'b"')):
            with suppress(ValueError, SyntaxError):
                body = ast.literal_eval(body)
    said = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or error.reason)
    try:
        return status, str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        return status, said


_RAW: Any = {"_preload_content": False, "_request_timeout": (_CONNECT, _ANSWER)}
_REACH = "Is it the right context (--kubeconfig, --context), and does `kubectl get pods` answer?"
_LONGEST = 400


def _right(verb: str, resource: str, namespace: str) -> str:
    asked = f"`kubectl auth can-i {verb} {resource}{f' -n {namespace}' if namespace else ''}`"
    return f"{asked} asks for it; `snapinspect pod manifest` prints the pod for somebody who has it."


def _within(seconds: float, connect: Callable[[], Any]) -> Any:
    """Connects in a thread of its own, as this knows no deadline, and takes a signal for a failure."""
    made: list[Any] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            made.append(connect())
        except Exception as error:  # noqa: BLE001 - raised again where it was asked for
            failed.append(error)

    thread = threading.Thread(target=run, name="snapinspect connecting", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not made:
        raise TimeoutError(f"no answer in {seconds:.0f} seconds")
    return made[0]


def _body(answer: Any) -> Body:
    try:
        found = json.loads(answer.data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SourceError("the cluster's answer is no object", _REACH)
    return found


def _short(error: object) -> str:
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__
