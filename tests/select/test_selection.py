from __future__ import annotations

import gzip
import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import Ambiguous, NotFound, UsageError
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Head
from snapinspect.select import Selection, check_names, parse_targets, select

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress((FIXTURES / name).read_bytes()).splitlines()]


TRUTH = lines_of("small.truth.jsonl.gz")
CRDS = [entry["object"] for entry in TRUTH if entry["kind"] == "CustomResourceDefinition"]
SPACE = KeySpace(["/registry"], KindTable.builtin().with_custom(CRDS))


def head_of(entry: dict[str, Any]) -> Head:
    api_version = entry.get("storedApiVersion") or entry["apiVersion"]
    return Head(api_version, entry["kind"], entry["namespace"] or None, entry["name"], "", None, "json")


HEADS = {entry["key"]: head_of(entry) for entry in TRUTH}
NAMESPACES = sorted({head.namespace for head in HEADS.values() if head.namespace})


def selected(chosen: Selection) -> set[str]:
    """Keys of what passes all three tests; the first must not rule out what the second would let through."""
    found = set()
    for entry in TRUTH:
        key = entry["key"].encode()
        by_key, by_head = chosen.matches_key(key), chosen.matches_head(HEADS[entry["key"]])
        if by_head:
            assert by_key == (not chosen.keys or key.startswith(chosen.keys)), key
        if by_key and by_head and chosen.matches_body(HEADS[entry["key"]], entry["object"]):
            found.add(entry["key"])
    return found


def expected(holds: Callable[[dict[str, Any]], bool]) -> set[str]:
    found = {entry["key"] for entry in TRUTH if holds(entry)}
    assert found, "the fixture holds nothing of this sort"
    return found


def test_a_kind_selects_every_object_of_it() -> None:
    assert selected(select(SPACE, ["deploy"])) == expected(lambda entry: entry["kind"] == "Deployment")
    assert selected(select(SPACE, ["cm,secret"])) == expected(lambda entry: entry["kind"] in {"ConfigMap", "Secret"})
    assert selected(select(SPACE, ["widgets.example.com"])) == expected(lambda entry: entry["kind"] == "Widget")


def test_a_namespace_brings_its_own_object_but_nothing_else_of_the_cluster() -> None:
    chosen = select(SPACE, namespaces=["infra-production"])
    assert selected(chosen) == expected(
        lambda entry: (
            entry["namespace"] == "infra-production"
            or (entry["kind"], entry["name"]) == ("Namespace", "infra-production")
        )
    )


def test_a_kind_in_a_namespace() -> None:
    chosen = select(SPACE, ["sa"], namespaces=["default", "kube-system"])
    assert selected(chosen) == expected(
        lambda entry: entry["kind"] == "ServiceAccount" and entry["namespace"] in {"default", "kube-system"}
    )


def test_a_cluster_scoped_kind_ignores_the_namespace() -> None:
    chosen = select(SPACE, ["clusterroles", "cm"], namespaces=["default"])
    assert selected(chosen) == expected(
        lambda entry: (
            entry["kind"] == "ClusterRole" or (entry["kind"] == "ConfigMap" and entry["namespace"] == "default")
        )
    )


def test_a_category_brings_nothing_of_the_cluster_into_a_namespace() -> None:
    chosen = select(SPACE, ["api-extensions"], namespaces=["default"])
    assert not selected(chosen)
    assert selected(select(SPACE, ["api-extensions"]))


def test_names_globs_labels_and_keys() -> None:
    assert selected(select(SPACE, parse_targets(["cm/kube-root-ca.crt"]))) == expected(
        lambda entry: (entry["kind"], entry["name"]) == ("ConfigMap", "kube-root-ca.crt")
    )
    assert selected(select(SPACE, names=["system:[a-m]*", "?pi"])) == expected(
        lambda entry: fnmatchcase(entry["name"], "system:[a-m]*") or fnmatchcase(entry["name"], "?pi")
    )
    assert selected(select(SPACE, keys=["/registry/services/", "/registry/events/default/n"])) == expected(
        lambda entry: entry["key"].startswith(("/registry/services/", "/registry/events/default/n"))
    )
    assert selected(select(SPACE, ["pods,deploy"], selector="app in (api,web),app!=web")) == expected(
        lambda entry: (
            entry["kind"] in {"Pod", "Deployment"} and entry["object"]["metadata"].get("labels", {}).get("app") == "api"
        )
    )


words = st.sampled_from(
    ["deploy", "po", "cm", "ns", "no", "ev", "all", "clusterroles", "widgets", "ep", "svc/api", "ns/default", "cm/x"]
)


@given(
    st.lists(words, max_size=3),
    st.lists(st.sampled_from([*NAMESPACES, "nowhere"]), max_size=2),
    st.lists(st.sampled_from(["*", "a*", "*-[0-9]", "api", "?"]), max_size=2),
    st.lists(st.sampled_from(["/registry/", "/registry/pods/", "/registry/c", "x"]), max_size=2),
)
def test_the_key_never_rules_out_what_is_meant(
    targets: list[str], namespaces: list[str], names: list[str], keys: list[str]
) -> None:
    chosen = select(SPACE, targets, namespaces=namespaces, names=names, keys=keys)
    wanted = {kind for word in targets for kind in SPACE.table.resolve(word.partition("/")[0])}
    found = selected(chosen)
    for key, head in HEADS.items():
        kind = SPACE.table.for_object(head.group, head.kind)
        plausible = (
            (not wanted or kind in wanted)
            and (not names or any(fnmatchcase(head.name, name) for name in names))
            and (not keys or key.startswith(tuple(keys)))
            and (not namespaces or head.namespace is None or head.namespace in namespaces)
        )
        if not plausible:
            assert key not in found
        elif head.namespace and not any("/" in word for word in targets):
            assert key in found


def test_keys_that_nobody_understands_are_left_to_the_value() -> None:
    chosen = select(SPACE, ["deploy"], namespaces=["default"])
    for key in [b"/elsewhere/x", b"\xff\xfe", b"", b"/registry/pods"]:
        assert chosen.matches_key(key)
    chosen = select(SPACE, ["deploy/web"], namespaces=["default"])
    assert chosen.matches_key(b"/elsewhere/default/web")
    assert not chosen.matches_key(b"/elsewhere/web"), "an object's key ends with its namespace and its name"
    assert select(SPACE, ["deploy/web"]).matches_key(b"/elsewhere/web")
    assert chosen.matches_key(b"/registry/deployments/default/web")
    for key in [
        b"/registry/deployments/other/web",
        b"/registry/deployments/default/webs",
        b"/registry/pods/default/web",
    ]:
        assert not chosen.matches_key(key)


def test_names_beyond_ascii_are_matched_by_character() -> None:
    chosen = select(SPACE, names=["caf?"])
    assert chosen.matches_key("/registry/roles/a/café".encode())
    assert not chosen.matches_key("/registry/roles/a/cafés".encode())


@pytest.mark.parametrize("labels", [None, [], "app", 5, {"app": None}, {"app": ["x"]}])
def test_labels_of_a_broken_body_match_nothing(labels: object) -> None:
    chosen = select(SPACE, selector="app=x")
    head = next(iter(HEADS.values()))
    assert not chosen.matches_body(head, {"metadata": {"labels": labels}})
    assert not chosen.matches_body(head, {"metadata": labels})
    assert not chosen.matches_body(head, {})


def test_what_was_named_and_what_was_only_swept_up() -> None:
    pod = next(head for head in HEADS.values() if head.kind == "Pod")
    assert pod.namespace
    assert select(SPACE, ["po"]).named(pod)
    assert select(SPACE, [f"po/{pod.name}"]).named(pod)
    assert select(SPACE, names=[pod.name]).named(pod)
    assert select(SPACE, ["po/*"]).named(pod)
    assert select(SPACE, everything=True).named(pod)
    assert select(SPACE, ["all", "po"]).named(pod)
    assert not select(SPACE, ["all"]).named(pod)
    assert not select(SPACE, ["all/*"]).named(pod)
    assert not select(SPACE, names=["*"]).named(pod)
    assert not select(SPACE, keys=["/registry/pods/"]).named(pod)
    assert not select(SPACE, all_namespaces=True).named(pod)
    assert not select(SPACE, namespaces=[pod.namespace]).named(pod)
    assert not select(SPACE, selector="app").named(pod)
    assert not select(SPACE, ["all", "po"], namespaces=["elsewhere"]).named(pod)


def test_whether_anything_was_said() -> None:
    assert not select(SPACE).is_bounded
    assert select(SPACE, all_namespaces=True).is_bounded
    assert select(SPACE, everything=True).is_bounded
    assert select(SPACE, namespaces=["a"]).is_bounded


def test_contradictions_are_usage_errors() -> None:
    with pytest.raises(UsageError):
        select(SPACE, namespaces=["a"], all_namespaces=True)
    with pytest.raises(UsageError):
        select(SPACE, selector="=")
    with pytest.raises(UsageError):
        select(SPACE, ["deploy,"])


def test_an_unknown_kind_is_not_found_with_suggestions() -> None:
    with pytest.raises(NotFound, match="'deploymint'") as caught:
        select(SPACE, ["deploymint"])
    assert "deployment" in caught.value.hint
    with pytest.raises(NotFound) as caught:
        select(SPACE, ["xyzzy-quux/a"])
    assert "ls" in caught.value.hint


def test_notices_say_what_a_word_does_not_cover() -> None:
    (notice,) = select(SPACE, ["all"]).notices
    assert "ConfigMaps" in notice
    knative = {"spec": {"group": "serving.knative.dev", "names": {"kind": "Service", "plural": "services"}}}
    space = KeySpace(["/registry"], SPACE.table.with_custom([knative]))
    (notice,) = select(space, ["svc", "deploy", "services"]).notices
    assert "services.serving.knative.dev" in notice
    (notice,) = select(SPACE, ["cs"]).notices
    assert "never stored" in notice
    assert select(SPACE, ["deploy", "widgets"]).notices == ()


def test_a_name_in_several_namespaces_is_ambiguous() -> None:
    one = select(SPACE, ["cm/kube-root-ca.crt"])
    with pytest.raises(Ambiguous, match="default, infra-production") as caught:
        check_names(one, HEADS.values())
    assert "-n" in caught.value.hint
    check_names(select(SPACE, ["cm/kube-root-ca.crt"], all_namespaces=True), HEADS.values())
    check_names(select(SPACE, ["cm/kube-root-ca.crt"], namespaces=["default", "kube-system"]), HEADS.values())
    check_names(select(SPACE, ["cm", "ns/default", "clusterrole/admin"]), HEADS.values())


def test_many_namespaces_are_not_all_listed() -> None:
    heads = [Head("v1", "ConfigMap", f"ns-{number:02}", "x", "", None, "json") for number in range(50)]
    with pytest.raises(Ambiguous, match=r"50 namespaces: ns-00, .* and 30 more"):
        check_names(select(SPACE, ["cm/x"]), heads)


def test_names_that_are_not_there_are_listed() -> None:
    with pytest.raises(NotFound, match="cm/nope, svc/neither") as caught:
        check_names(select(SPACE, ["cm/nope", "svc/neither", "ns/default"]), HEADS.values())
    assert "ls" in caught.value.hint
    with pytest.raises(NotFound) as caught:
        check_names(select(SPACE, parse_targets(["deploy", "svc"])), HEADS.values())
    assert "deploy,svc" in caught.value.hint
