"""Field selectors: the server's fields, its meaning of them, and its words for others."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import UsageError
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Head
from snapinspect.select.fields import FIELDS, FieldSelector
from snapinspect.snapshot import open_snapshot

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"
TRUTH = [json.loads(line) for line in gzip.decompress((FIXTURES / "small.truth.jsonl.gz").read_bytes()).splitlines()]
TABLE = KindTable.builtin()


def matches(selector: str, group: str, kind: str, body: dict[str, Any]) -> bool:
    found = FieldSelector.parse(selector)
    metadata = body.get("metadata", {})
    head = Head(group, kind, metadata.get("namespace"), metadata.get("name", ""), "", None, "json")
    return found.matches_head(head) and found.matches_body(body, TABLE.for_object(group, kind))


@pytest.mark.parametrize(
    ("word", "selector", "test"),
    [
        ("pods", "spec.restartPolicy=Always", lambda o: o["spec"]["restartPolicy"] == "Always"),
        ("pods", "status.phase!=Running", lambda o: o.get("status", {}).get("phase") != "Running"),
        ("pods", "spec.nodeName=", lambda o: not o["spec"].get("nodeName")),
        ("secrets", "type==Opaque,metadata.namespace!=default", lambda o: o["type"] == "Opaque" and o["metadata"]["namespace"] != "default"),
        ("namespaces", "status.phase=Active", lambda o: o["status"]["phase"] == "Active"),
        ("deploy", "metadata.name=web", lambda o: o["metadata"]["name"] == "web"),
        ("svc", "spec.type=ClusterIP,metadata.name!=kubernetes", lambda o: o["spec"]["type"] == "ClusterIP" and o["metadata"]["name"] != "kubernetes"),
        ("nodes", "spec.unschedulable=false", lambda o: not o["spec"].get("unschedulable")),
        ("jobs", "status.successful=0", lambda o: not o["status"].get("succeeded")),
        ("rs", "status.replicas=0", lambda o: not o["status"].get("replicas")),
    ],
)  # fmt: skip
def test_a_real_snapshot_gives_what_the_truth_says(word: str, selector: str, test: Any) -> None:
    (kind, *_) = TABLE.resolve(word)
    expected = {
        entry["key"] for entry in TRUTH
        if entry["kind"] == kind.kind and entry["apiVersion"].rpartition("/")[0] == kind.group and test(entry["object"])
    }  # fmt: skip
    with open_snapshot(str(FIXTURES / "small.db")) as snapshot:
        found = [key.decode() for key, _ in snapshot.heads(snapshot.select([word], fields=selector))]
        assert set(found) == expected
        assert len(found) == len(expected)


def test_an_event_is_found_by_what_it_is_about_in_either_form() -> None:
    old = {"involvedObject": {"kind": "Pod", "name": "web-1"}, "source": {"component": "kubelet"}, "type": "Warning"}
    new = {"regarding": {"kind": "Pod", "name": "web-1"}, "reportingController": "kubelet", "type": "Warning"}
    for body in (old, new):
        assert matches("involvedObject.name=web-1,source=kubelet,type!=Normal", "", "Event", body)
        assert matches("regarding.name=web-1,regarding.kind=Pod", "events.k8s.io", "Event", body)
        assert not matches("involvedObject.name=web-2", "", "Event", body)


def test_what_is_not_set_has_the_servers_default() -> None:
    assert matches("spec.unschedulable=false", "", "Node", {})
    assert matches("spec.unschedulable=true", "", "Node", {"spec": {"unschedulable": True}})
    assert matches("spec.hostNetwork=false,spec.nodeName=", "", "Pod", {"spec": None})
    assert matches("status.podIP=10.0.0.1", "", "Pod", {"status": {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}})
    assert matches("status.successful=3", "batch", "Job", {"status": {"succeeded": 3}})


def test_a_definition_says_which_fields_its_kind_has() -> None:
    names = {"kind": "Shirt", "plural": "shirts"}
    version = {"name": "v1", "selectableFields": [{"jsonPath": ".spec.color"}, {"jsonPath": 7}, None]}
    spec = {"group": "stable.example.com", "names": names, "versions": [version, None]}
    table = TABLE.with_custom(
        [{"spec": spec}, {"spec": {**spec, "group": "b.c", "versions": 7, "selectableFields": 7}}]
    )
    selector = FieldSelector.parse("spec.color=blue")
    (shirt,) = table.resolve("shirts.stable.example.com")
    selector.check([shirt])
    assert selector.matches_body({"spec": {"color": "blue"}}, shirt)
    assert not selector.matches_body({"spec": {"color": "red"}}, shirt)
    with pytest.raises(UsageError, match="field label not supported"):
        selector.check(table.resolve("shirts.b.c"))


@pytest.mark.parametrize(
    ("word", "field", "words"),
    [
        ("pods", "spec.color", "field label not supported: spec.color"),
        ("jobs", "status.phase", 'field label "status.phase" not supported for batchv1.Job'),
        ("cm", "data.a", '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    ],
)
def test_an_unknown_field_is_refused_in_the_servers_words(word: str, field: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        FieldSelector.parse(f"{field}=x").check(TABLE.resolve(word))
    assert str(raised.value) == words
    assert "metadata.name" in raised.value.hint


def test_every_kind_of_the_table_is_one_that_is_known() -> None:
    assert [identity for identity in FIELDS if TABLE.for_object(*identity).origin == "custom"] == []


texts = st.text("ab.=\\,! é", max_size=8)


@given(st.lists(st.tuples(st.sampled_from(["a", "b.c"]), texts, st.sampled_from(["=", "==", "!="])), max_size=3))
def test_any_value_can_be_asked_for_when_it_is_escaped(terms: list[tuple[str, str, str]]) -> None:
    written = ",".join(
        field + sign + value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")
        for field, value, sign in terms
    )
    parsed = FieldSelector.parse(written).terms
    assert [tuple(term) for term in parsed] == [(field, value, sign != "!=") for field, value, sign in terms]


@given(st.text())
def test_any_text_is_a_selector_or_said_to_be_none(text: str) -> None:
    try:
        terms = FieldSelector.parse(text).terms
    except UsageError:
        assert text
    else:
        assert all(term.field in text for term in terms)
