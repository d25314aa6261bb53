"""The columns of a CustomResourceDefinition: what the API server prints of values of each type.

Source: apiextensions-apiserver ``pkg/registry/customresource/tableconvertor/tableconvertor.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from served_snapshot import TABLE, Served, serving
from vector_pieces import AGE, BORN, END
from written_snapshot import write_snapshot

CELLS: list[tuple[str, Any, Any]] = [
    ("string", "text", "text"),
    ("string", 7, "7"),
    ("string", 0.5, "0.5"),
    ("string", True, "true"),
    ("string", None, "<no value>"),
    ("string", {"b": [1, "x"], "a": None}, '{"a":null,"b":[1,"x"]}'),
    ("integer", 7, 7),
    ("integer", 7.9, 7),
    ("integer", True, None),
    ("integer", "7", None),
    ("number", 0.25, 0.25),
    ("number", 3, 3),
    ("number", "3", None),
    ("boolean", False, False),
    ("boolean", "true", None),
    ("date", BORN, AGE),
    ("date", "", "<unknown>"),
    ("date", "yesterday", "<invalid>"),
    ("date", 5, None),
    ("date", None, None),
]
PATHS = {".spec.list[*]": "one", ".spec.list[1]": "two", ".spec.nothing.here": None, ".spec.list[9]": None}


@pytest.fixture(scope="module")
def custom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    columns = [{"name": f"C{at}", "type": kind, "jsonPath": f".spec.c{at}"} for at, (kind, *_) in enumerate(CELLS)]
    columns += [{"name": path, "type": "string", "jsonPath": path, "priority": 1} for path in PATHS]
    scale = {"specReplicasPath": ".spec.c6", "statusReplicasPath": ".spec.c11", "labelSelectorPath": ".spec.c0"}
    names = {"plural": "things", "singular": "thing", "kind": "Thing"}
    version = {"name": "v1", "served": True, "storage": True, "additionalPrinterColumns": columns}
    version["subresources"] = {"status": {}, "scale": scale}
    version["selectableFields"] = [{"jsonPath": ".spec.c0"}, {"jsonPath": ".spec.c1"}]
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.x.io"},
        "spec": {"group": "x.io", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    spec = {f"c{at}": value for at, (_, value, _) in enumerate(CELLS)} | {"list": ["one", "two"]}
    metadata = {"name": "t", "namespace": "default", "creationTimestamp": BORN}
    thing = {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": metadata, "spec": spec}
    last = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "last", "creationTimestamp": END}}
    folder = tmp_path_factory.mktemp("custom")
    with serving(folder, str(write_snapshot(folder / "snap.db", [definition, thing, last]))) as served:
        yield served


def test_a_value_is_shown_by_the_type_of_its_column(custom: Served) -> None:
    (row,) = custom.get("/apis/x.io/v1/things", accept=TABLE)["rows"]
    assert row["cells"] == ["t", *(cell for *_, cell in CELLS), *PATHS.values()]


def test_only_the_wide_form_shows_what_matters_less(custom: Served) -> None:
    shown = custom.kubectl("get", "things").stdout.splitlines()[0].split()
    assert shown == ["NAME", *(f"C{at}" for at in range(len(CELLS)))]
    assert len(custom.kubectl("get", "things", "-o", "wide").stdout.splitlines()[0].split()) == len(shown) + len(PATHS)


@pytest.mark.parametrize(
    ("selector", "found"),
    [("spec.c0=text", 1), ("spec.c0!=text", 0), ("spec.c1==7,metadata.name=t", 1), ("spec.c1=8", 0)],
)
def test_the_fields_that_a_definition_names_can_be_asked_for(custom: Served, selector: str, found: int) -> None:
    shown = custom.kubectl("get", "things", "-A", "--field-selector", selector, "-o", "name").stdout
    assert len(shown.splitlines()) == found


def test_a_field_that_it_does_not_name_is_refused_in_the_servers_words(custom: Served) -> None:
    done = custom.kubectl("get", "things", "--field-selector", "spec.c2=x")
    assert done.returncode == 1
    assert "field label not supported: spec.c2" in done.stderr


def test_its_scale_is_read_from_the_paths_that_it_names(custom: Served) -> None:
    told = custom.get("/apis/x.io/v1/namespaces/default/things/t/scale")
    assert (told["kind"], told["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert (told["spec"], told["status"]) == ({"replicas": 7}, {"replicas": 3, "selector": "text"})
