"""From a kubeconfig to a cluster, as ``kubectl`` finds it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from snapinspect.errors import SnapinspectError
from snapinspect.kube.cluster.client import Cluster

_NAME_ONE = "Name a file with --kubeconfig and a context in it with --context, as for kubectl."
_IN_CLUSTER = "in-cluster"
_CONNECTIONS = 64
"""Kept for requests side by side."""
_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def connect(kubeconfig: str = "", context: str = "") -> Cluster:
    """The cluster that ``configuration`` finds; nothing is asked of it yet."""
    settings, name = configuration(kubeconfig, context)
    client, _, _ = _packages()
    settings.connection_pool_maxsize = _CONNECTIONS
    return Cluster(client.ApiClient(settings), name, settings.host)


def configuration(kubeconfig: str = "", context: str = "") -> tuple[Any, str]:
    """The ``kubernetes.client.Configuration`` of a context of a kubeconfig, and the context's name.

    It is the current one of ``$KUBECONFIG`` unless they are named; inside a pod without a kubeconfig it is the pod's
    own cluster. Raises SnapinspectError when there is none.
    """
    client, config, not_yaml = _packages()
    path = kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    settings = client.Configuration()
    # Whether a request may be sent again is decided here, by what it does.
    settings.retries = False
    try:
        if not kubeconfig and not os.environ.get("KUBECONFIG") and not Path(path).exists() and _TOKEN.exists():
            config.load_incluster_config(client_configuration=settings)
            return settings, _IN_CLUSTER
        name = context or _current_context(config, path)
        config.load_kube_config(path, name, settings, persist_config=False)
    except not_yaml as error:
        # Its text quotes the file, and a key may stand there.
        mark = getattr(error, "problem_mark", None)
        raise SnapinspectError(
            f"no cluster: {path} is no valid YAML{f' (line {mark.line + 1})' if mark else ''}", _NAME_ONE
        ) from None
    except (config.ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SnapinspectError(f"no cluster: {_plain(error)}", _NAME_ONE) from None
    return settings, name


def _packages() -> tuple[Any, Any, type[Exception]]:
    """The package's ``client`` and ``config``, which take long to import, and what YAML that is none raises."""
    try:
        from kubernetes import client, config
    except ImportError:
        raise SnapinspectError(
            "the package `kubernetes` is not installed",
            "`pip install kubernetes` brings it, as does the extra cluster.",
        ) from None
    from yaml import YAMLError

    return client, config, YAMLError


def _current_context(config: Any, path: str) -> str:
    _, current = config.list_kube_config_contexts(path)
    return str(current["name"])


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
