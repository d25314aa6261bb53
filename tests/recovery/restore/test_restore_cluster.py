"""The client of a cluster: every failure is one of ours, with the server's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from apiserver import ApiServer, Exchange
from restore_world import Target, config_map

from snapinspect.errors import SnapinspectError
from snapinspect.kube.cluster import ApiError, Cluster, Served, Unreachable, connect

PLACE = "shop", "settings"


def test_a_missing_configuration_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SnapinspectError, match="no cluster") as caught:
        connect()
    assert "--kubeconfig" in caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "clusters: 3", "apiVersion: v1\nkind: Config\n"])
def test_a_configuration_that_makes_no_sense_is_no_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(SnapinspectError, match="no cluster"):
        connect(str(path))


def test_a_context_that_is_not_there_is_named(server: ApiServer, tmp_path: Path) -> None:
    with pytest.raises(SnapinspectError, match="nowhere"):
        connect(str(server.kubeconfig(tmp_path / "config")), "nowhere")


def test_the_environment_names_a_configuration(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "config", context="mine")))
    with connect() as cluster:
        assert (cluster.context, cluster.server) == ("mine", server.url)


def test_the_configuration_is_not_written(server: ApiServer, tmp_path: Path) -> None:
    path = server.kubeconfig(tmp_path / "config")
    path.chmod(0o400)
    before = path.stat().st_mtime_ns
    with connect(str(path)) as cluster:
        cluster.version()
    assert path.stat().st_mtime_ns == before


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with ApiServer() as server:
        config = server.kubeconfig(tmp_path / "config")
    with connect(str(config)) as cluster, pytest.raises(Unreachable, match="Connection refused") as caught:
        cluster.version()
    assert "0x" not in str(caught.value)
    assert server.url in str(caught.value)


def configmaps(cluster: Cluster) -> Served:
    served = cluster.served("v1", "ConfigMap")
    assert served is not None
    return served


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (403, "Forbidden", 'configmaps "settings" is forbidden: User "me" cannot get resource'),
        (422, "Invalid", "first line\nsecond line"),
        (500, "InternalError", "etcdserver: request timed out"),
    ],
)
def test_the_servers_words_are_kept_verbatim(target: Target, status: int, reason: str, message: str) -> None:
    target.server.fault("GET", "configmaps/settings", status, reason=reason, message=message)
    with pytest.raises(ApiError) as caught:
        target.cluster.get(configmaps(target.cluster), *PLACE)
    assert (caught.value.code, caught.value.reason, str(caught.value)) == (status, reason, message)


def test_an_answer_of_something_else_is_shown(target: Target) -> None:
    def proxy(exchange: Exchange) -> bool:
        if exchange.method == "POST":
            exchange.reply(502, {"proxy": "upstream is away"})
        return exchange.method == "POST"

    served = configmaps(target.cluster)
    target.server.routes.append(proxy)
    with pytest.raises(ApiError, match=r"status 502: .*upstream is away"):
        target.cluster.create(served, "shop", "{}")


def test_an_answer_that_is_no_object_is_an_error(target: Target) -> None:
    served = configmaps(target.cluster)

    def listing(exchange: Exchange) -> bool:
        exchange.reply(200, [1, 2])  # type: ignore[arg-type]
        return True

    target.server.routes.append(listing)
    with pytest.raises(ApiError, match="no JSON object"):
        target.cluster.get(served, *PLACE)


def test_what_is_served_is_asked_once_until_forgotten(target: Target) -> None:
    for _ in range(3):
        assert target.cluster.served("apps/v1", "Deployment") is not None
        assert target.cluster.served("apps/v1beta1", "Deployment") is None
    assert target.server.requests.count(("GET", "/apis/apps/v1")) == 1
    target.cluster.forget_served()
    target.server.store.withdrawn.add(("apps", "deployments"))
    assert target.cluster.served("apps/v1", "Deployment") is None


def test_names_cannot_leave_their_place_in_a_path(target: Target) -> None:
    assert target.cluster.get(configmaps(target.cluster), "shop", "../../secrets?x=1#y") is None
    assert target.server.requests[-1][1] == "/api/v1/namespaces/shop/configmaps/..%2F..%2Fsecrets%3Fx%3D1%23y"


def test_a_list_is_of_one_namespace(target: Target) -> None:
    target.add(config_map("here"), config_map("there", namespace="kube-system"))
    found = target.cluster.list(configmaps(target.cluster), "shop")
    assert [one["metadata"]["name"] for one in found] == ["here"]
