"""The live cluster as a source: the pages of its lists, and the store that they fill."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_world import SMALL, World

import snapinspect
from snapinspect.analysis.diff.live import LiveComparison, compare_live, live_space
from snapinspect.errors import UsageError
from snapinspect.etcd import Store
from snapinspect.etcd.store import Lossy
from snapinspect.kube.cluster import ApiError, Cluster, connect, read_catalog
from snapinspect.kube.cluster.lists import as_revision, pages, read_list
from snapinspect.select import select
from snapinspect.sources.cluster import ClusterStore

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=5)
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " :\r\n ")])


@given(OBJECTS, st.lists(OBJECTS, max_size=4), OBJECTS, st.booleans(), SEPARATORS, st.booleans())
def test_a_list_is_split_into_the_text_of_its_items(
    before: dict[str, Any],
    items: list[dict[str, Any]],
    after: dict[str, Any],
    escaped: bool,
    separators: tuple[str, str],
    indented: bool,
) -> None:
    before.pop("items", None)
    after.pop("items", None)
    whole = {**before, "items": items, **after, "metadata": {"resourceVersion": "7", "continue": "next"}}
    text = json.dumps(whole, ensure_ascii=escaped, separators=separators, indent=2 if indented else None)
    found, token, revision = read_list(text.encode())
    assert [item.body for item in found] == items
    assert [json.loads(item.text) for item in found] == items
    assert (token, revision) == ("next", 7)
    assert all(item.text in text for item in found)


def test_the_text_of_a_number_is_kept() -> None:
    (item,), _, _ = read_list(b'{"items":[{"metadata":{"name":"a"},"n":[1.50,1e-7,-0,12345678901234567890123]}]}')
    assert item.text == '{"metadata":{"name":"a"},"n":[1.50,1e-7,-0,12345678901234567890123]}'


@pytest.mark.parametrize("absent", [b"{}", b'{"items":null,"metadata":null}', b'{"metadata":{"continue":3}}'])
def test_a_list_may_be_empty(absent: bytes) -> None:
    assert read_list(absent) == ([], "", 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{",
        b'{"items":[',
        b'{"items":[1]}',
        b'{"items":[{}',
        b'{"a" 1}',
        b'{"a":',
        b"[" * 99_999,
    ],
    ids=range(10),
)
def test_what_is_no_list_is_an_error(content: bytes) -> None:
    with pytest.raises(ApiError, match="no list"):
        read_list(content)


def test_a_list_that_gives_the_same_page_for_ever_is_an_error() -> None:
    with pytest.raises(ApiError, match="same page twice"):
        list(pages(lambda _query: b'{"metadata":{"continue":"again"},"items":[]}'))


def test_an_expired_list_is_asked_for_as_a_whole() -> None:
    asked = []

    def answer(query: dict[str, str]) -> bytes:
        asked.append(query)
        if "continue" in query:
            raise ApiError("too old", 410, "Expired")
        return b'{"metadata":{"continue":"%s"},"items":[{"a":1}]}' % (b"next" if "limit" in query else b"")

    found = list(pages(answer))
    assert [page.begins for page in found] == [True, True]
    assert asked == [{"limit": "500"}, {"limit": "500", "continue": "next"}, {}]


@pytest.mark.parametrize(
    ("version", "revision"),
    [("12", 12), ("", 0), (None, 0), ("abc", 0), ("-1", 0), ("٣", 0), ("9" * 19, 10**19 - 1), ("9" * 20, 0), (3, 0)],
)
def test_a_resource_version_is_a_revision_where_it_is_a_number(version: object, revision: int) -> None:
    assert as_revision(version) == revision


@pytest.fixture
def cluster(world: World) -> Iterator[Cluster]:
    with connect(str(world.config)) as connected:
        yield connected


@pytest.fixture
def compared(cluster: Cluster) -> Iterator[LiveComparison]:
    with snapinspect.open(str(SMALL)) as snapshot:
        catalog = read_catalog(cluster)
        selection = select(live_space(snapshot, catalog), everything=True)
        yield compare_live(snapshot, cluster, catalog, selection)


def test_what_is_listed_lies_under_the_keys_of_the_snapshot(
    compared: LiveComparison, facts: Callable[[str], list[dict[str, Any]]]
) -> None:
    truth = {line["key"].encode(): line["object"] for line in facts("small.truth")}
    live = compared.new
    assert set(live.store.keys()) == truth.keys()
    assert [record.key for record in live.store.scan(lambda _key: True)] == sorted(truth)
    for found in live.objects(live.select(everything=True)):
        told = truth[found.record.key]
        assert (found.head.kind, found.head.name, found.head.uid) == (
            told["kind"],
            told["metadata"]["name"],
            told["metadata"]["uid"],
        )
        assert found.body["metadata"]["resourceVersion"] == told["metadata"]["resourceVersion"]
        assert str(found.record.mod_revision) == told["metadata"]["resourceVersion"]
    assert live.cluster_uid == compared.old.cluster_uid
    assert not live.problems


def test_the_store_has_one_state_and_no_history(compared: LiveComparison) -> None:
    store: Store = compared.new.store
    everything = sorted((record.mod_revision, record.key) for record in store.scan(lambda _key: True))
    assert store.count_records() == len(everything) == 635
    assert sorted((each.mod_revision, each.key) for each in store.revisions(lambda _key: True)) == everything
    assert [each.mod_revision for each in store.oldest(5)] == [revision for revision, _ in everything[:5]]
    assert [each.mod_revision for each in store.newest(5)] == [revision for revision, _ in everything[:-6:-1]]
    assert store.revision == store.compact_revision >= everything[-1][0]
    assert dict(store.values(lambda _key: True)) == {each.key: each.value for each in store.oldest(635)}
    key = b"/registry/namespaces/kube-system"
    assert store.get(key) == store.get(key, store.revision)
    assert store.get(b"/registry/nosuch") is None
    with pytest.raises(UsageError):
        store.get(key, store.revision - 1)
    assert store.facts().members == ()
    compared.new.close()
    assert store.count_records() == 0


def test_a_store_that_lacks_something_says_so(world: World, cluster: Cluster) -> None:
    world.server.fault("GET", "/secrets", 403, reason="Forbidden", message="no right")
    with snapinspect.open(str(SMALL)) as snapshot:
        catalog = read_catalog(cluster)
        compared = compare_live(snapshot, cluster, catalog, select(live_space(snapshot, catalog), ["secret", "cm"]))
        store = compared.new.store
        assert isinstance(store, ClusterStore)
        assert isinstance(store, Lossy)
        assert [problem.subject for problem in store.losses(lambda _key: True)] == ["secrets"]
        assert not compared.new.is_certain
        assert compared.differences() == []


def test_the_progress_comes_to_its_end(cluster: Cluster) -> None:
    class Bar:
        def __init__(self) -> None:
            self.total = self.done = 0

        def __call__(self, label: str, total: int, /) -> Bar:
            self.total += total
            return self

        def __enter__(self) -> Callable[[int], object]:
            return self.advance

        def __exit__(self, *_: object) -> None:
            return None

        def advance(self, step: int) -> None:
            assert step >= 0
            self.done += step

    bar = Bar()
    with snapinspect.open(str(SMALL)) as snapshot:
        catalog = read_catalog(cluster)
        selection = select(live_space(snapshot, catalog), namespaces=["infra-production", "infra-staging"])
        compare_live(snapshot, cluster, catalog, selection, progress=bar)
    assert bar.done == bar.total > 50_000


def test_a_catalog_has_the_preferred_version_first(world: World, cluster: Cluster, tmp_path: Path) -> None:
    catalog = read_catalog(cluster)
    versions = [served.api_version for served in catalog.kinds["example.com", "Widget"]]
    assert sorted(versions) == ["example.com/v1", "example.com/v1beta1"]
    groups = cluster.read("/apis")["groups"]
    preferred = next(group["preferredVersion"]["groupVersion"] for group in groups if group["name"] == "example.com")
    assert versions[0] == preferred
    assert catalog.version("example.com", "Widget", "example.com/v1") in catalog.kinds["example.com", "Widget"]
    assert catalog.version("example.com", "Widget", "example.com/v2") is None
    assert not catalog.kinds["authorization.k8s.io", "SelfSubjectAccessReview"][0].listable
    assert not catalog.unread
