"""One object by its name, of a kind that Kubernetes itself has, in a snapshot whose definitions claim the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_program import run
from written_snapshot import write_snapshot


def _definition(group: str, kind: str, plural: str) -> dict[str, Any]:
    versions = [{"name": "v1", "served": True, "storage": True}]
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    spec = {"group": group, "names": names, "scope": "Namespaced", "versions": versions}
    metadata = {"name": f"{plural}.{group}"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def _object(api_version: str, kind: str, name: str, **metadata: Any) -> dict[str, Any]:
    placed = {"name": name, "namespace": "shop", "uid": f"{kind}-{name}", **metadata}
    return {"apiVersion": api_version, "kind": kind, "metadata": placed}


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    owner = {
        "apiVersion": "farm.example.com/v1",
        "kind": "Ox",
        "name": "babe",
        "uid": "Ox-babe",
        "controller": True,
    }
    return write_snapshot(
        tmp_path_factory.mktemp("claimed") / "claimed.db",
        [
            _definition("serving.knative.dev", "Service", "services"),
            _definition("farm.example.com", "Ox", "oxen"),
            _object("serving.knative.dev/v1", "Service", "web"),
            _object("v1", "Service", "web"),
            _object("v1", "Service", "plain"),
            _object("farm.example.com/v1", "Ox", "babe"),
            _object("v1", "Pod", "cart", ownerReferences=[owner]),
        ],
    )


@pytest.mark.parametrize("word", ["service/web", "services/web", "Service/web"])
def test_a_custom_resource_of_that_name_and_word_is_told_of(claimed: Path, word: str) -> None:
    outcome = run("get", str(claimed), word, "-n", "shop", "-o", "jsonpath={.apiVersion}")
    assert (outcome.code, outcome.out) == (0, "v1")
    assert "services.serving.knative.dev must be written in full" in outcome.err


def test_where_there_is_none_nothing_is_told_of_it(claimed: Path) -> None:
    outcome = run("get", str(claimed), "service/plain", "-n", "shop", "-o", "name")
    assert (outcome.code, outcome.lines, outcome.err) == (0, ["service/plain"], "")


def test_words_that_kubernetes_does_not_settle_are_those_of_definitions(claimed: Path) -> None:
    for word in ("ox/babe", "oxen/babe", "services.serving.knative.dev/web"):
        outcome = run("get", str(claimed), word, "-n", "shop", "-o", "jsonpath={.metadata.name}")
        assert (outcome.code, outcome.out, outcome.err) == (0, word.rpartition("/")[2], "")


def test_an_owner_is_found_where_its_definition_says(claimed: Path) -> None:
    outcome = run("get", str(claimed), "pod/cart", "-n", "shop", "-o", "name")
    assert (outcome.code, outcome.lines) == (0, ["pod/cart"])
    assert "was owned by Ox/babe" in outcome.err


def test_what_is_excluded_may_be_a_custom_kind(claimed: Path) -> None:
    outcome = run("get", str(claimed), "service/plain", "-n", "shop", "--exclude", "oxen", "-o", "name")
    assert (outcome.code, outcome.lines, outcome.err) == (0, ["service/plain"], "")
    outcome = run("get", str(claimed), "service/plain", "-n", "shop", "--exclude", "cows", "-o", "name")
    assert outcome.code == 1
    assert "no kind is called 'cows'" in outcome.err
