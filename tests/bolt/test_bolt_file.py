"""bbolt files written by hand: whole ones read back equal, damaged ones are refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from bolt_writer import BRANCH, FREELIST, LEAF, NO_FREELIST, PAGE_HEADER, Image, Tree
from hypothesis import given, settings
from hypothesis import strategies as st

from snapinspect.bolt import BoltFile, Bucket
from snapinspect.errors import Damaged, NotASnapshot

PAGE_SIZES = [1024 << shift for shift in range(7)]
NAMES = st.binary(min_size=1, max_size=12)
TREES = st.recursive(
    st.dictionaries(NAMES, st.binary(max_size=40), max_size=30),
    lambda inner: st.dictionaries(NAMES, st.binary(max_size=3000) | inner, max_size=8),
    max_leaves=8,
)


def tree_of(bucket: Bucket) -> dict[bytes, Any]:
    return {**dict(bucket.items()), **{name: tree_of(nested) for name, nested in bucket.buckets()}}


def walk(data: bytes) -> int:
    """Looks at everything in the file; gives the number of its tree's pages."""
    file = BoltFile(data)
    tree_of(file.root())
    return file.tree_pages()


@settings(max_examples=100)
@given(
    tree=TREES,
    page_size=st.sampled_from(PAGE_SIZES),
    per_page=st.sampled_from([2, 3, 1000]),
    inline=st.booleans(),
    txid=st.integers(1, 2**64 - 1),
)
def test_what_was_written_is_read(tree: Tree, page_size: int, per_page: int, inline: bool, txid: int) -> None:
    image = Image(page_size, per_page, inline)
    data = image.file(image.tree(tree), txid=txid)
    file = BoltFile(data)
    assert tree_of(file.root()) == tree
    assert list(file.root().items()) == sorted(item for item in tree.items() if isinstance(item[1], bytes))
    assert (file.size, file.meta.page_size, file.meta.txid) == (len(data), page_size, txid)
    assert file.tree_pages() == len(data) // page_size - 2
    assert file.free_pages() is None


def test_a_tree_of_many_levels() -> None:
    tree = {b"%05d" % number: b"value %d" % number for number in range(3000)}
    image = Image(1024, per_page=3)
    file = BoltFile(image.file(image.tree(tree)))
    assert list(file.root().items()) == list(tree.items())
    assert file.root().get(b"02999") == b"value 2999"
    assert file.root().get(b"03000") is None


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_a_value_over_many_pages(page_size: int) -> None:
    image = Image(page_size)
    tree = {b"large": bytes(range(256)) * 2000, b"larger": b"x" * 700_000, b"last": b"1"}
    file = BoltFile(image.file(image.tree(tree)))
    assert tree_of(file.root()) == tree


def test_buckets_by_name() -> None:
    image = Image()
    file = BoltFile(image.file(image.tree({b"key": {b"a": b"1"}, b"meta": {}, b"plain": b"value"})))
    found = file.bucket(b"key")
    assert found is not None
    assert dict(found.items()) == {b"a": b"1"}
    assert [name for name, _ in file.root().buckets()] == [b"key", b"meta"]
    assert file.bucket(b"plain") is None


class TestMetas:
    @pytest.mark.parametrize(("first", "second", "current"), [(5, 6, b"second"), (8, 7, b"first")])
    def test_the_highest_transaction_is_current(self, first: int, second: int, current: bytes) -> None:
        image = Image()
        roots = image.tree({b"state": b"first"}), image.tree({b"state": b"second"})
        metas = image.meta(0, roots[0], first), image.meta(1, roots[1], second)
        file = BoltFile(b"".join([*metas, *image.pages]))
        assert dict(file.root().items()) == {b"state": current}
        assert file.meta.txid == max(first, second)

    @pytest.mark.parametrize("page_size", PAGE_SIZES)
    @pytest.mark.parametrize("broken", [0, 1])
    def test_one_broken_page_leaves_the_other(self, page_size: int, broken: int) -> None:
        image = Image(page_size)
        roots = image.tree({b"state": b"old"}), image.tree({b"state": b"new"})
        data = bytearray(b"".join([image.meta(0, roots[0], 4), image.meta(1, roots[1], 5), *image.pages]))
        data[broken * page_size : (broken + 1) * page_size] = bytes(page_size)
        assert dict(BoltFile(bytes(data)).root().items()) == {b"state": b"old" if broken else b"new"}

    @pytest.mark.parametrize("at", [16, 20, 24, 32, 48, 56, 64, 72])
    def test_every_field_counts(self, at: int) -> None:
        """Magic, version, page size, root, freelist, high water, transaction and checksum."""
        image = Image()
        data = bytearray(image.file(image.tree({}), txid=9))
        data[4096 + at] ^= 1
        assert BoltFile(bytes(data)).meta.txid == 8

    def test_both_broken(self) -> None:
        image = Image()
        data = bytearray(image.file(image.tree({b"a": b"1"})))
        data[40] ^= 1
        data[4096 + 40] ^= 1
        with pytest.raises(NotASnapshot, match="both meta pages are broken") as raised:
            BoltFile(bytes(data))
        assert raised.value.hint

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "empty"),
            (b"apiVersion: v1\nkind: List\n" * 400, "no bbolt meta page"),
            (b"\0" * 100_000, "no bbolt meta page"),
            (b"\xed", "no bbolt meta page"),
        ],
    )
    def test_other_files(self, data: bytes, message: str) -> None:
        with pytest.raises(NotASnapshot, match=message) as raised:
            BoltFile(data)
        assert raised.value.hint


class TestFreelist:
    def test_ids(self) -> None:
        image = Image()
        freelist = image.page(FREELIST, struct.pack("<3Q", 9, 11, 40), 3)
        assert BoltFile(image.file(image.tree({}), freelist=freelist)).free_pages() == [9, 11, 40]

    def test_more_ids_than_a_header_can_count(self) -> None:
        image = Image()
        ids = list(range(70_000))
        freelist = image.page(FREELIST, struct.pack("<70001Q", 70_000, *ids), 0xFFFF)
        assert BoltFile(image.file(image.tree({}), freelist=freelist)).free_pages() == ids

    @pytest.mark.parametrize(
        ("flags", "content", "count"),
        [(LEAF, b"", 0), (FREELIST, b"", 600), (FREELIST, struct.pack("<Q", 2**60), 0xFFFF)],
    )
    def test_damaged(self, flags: int, content: bytes, count: int) -> None:
        image = Image()
        freelist = image.page(flags, content, count)
        with pytest.raises(Damaged):
            BoltFile(image.file(image.tree({}), freelist=freelist)).free_pages()

    def test_absent(self) -> None:
        image = Image()
        with pytest.raises(Damaged):
            BoltFile(image.file(image.tree({}), freelist=NO_FREELIST - 1)).free_pages()


def bucket_at(root: int) -> bytes:
    return struct.pack("<QQ", root, 0)


def page_that_points_at_itself(image: Image) -> int:
    return image.branch((b"a", image.next_page))


def branch_loop(image: Image) -> int:
    return image.branch((b"a", image.branch((b"a", image.next_page + 1))))


def one_leaf_twice(image: Image) -> int:
    leaf = image.leaf((0, b"a", b"1"))
    return image.branch((b"a", leaf), (b"b", leaf))


def bucket_that_holds_itself(image: Image) -> int:
    return image.leaf((1, b"a", bucket_at(image.next_page)))


def two_buckets_on_one_page(image: Image) -> int:
    leaf = image.leaf((0, b"a", b"1"))
    return image.leaf((1, b"a", bucket_at(leaf)), (1, b"b", bucket_at(leaf)))


def pages_that_overlap(image: Image) -> int:
    first = image.next_page
    hidden = struct.pack(PAGE_HEADER, first + 1, LEAF, 0, 0)
    content = struct.pack("<IIII", 0, 16, 1, 8000) + b"a" + b"x" * (4096 - 33) + hidden + b"x" * (8000 - 4096 + 17)
    image.page(LEAF, content, 1)
    return image.branch((b"a", first), (b"b", first + 1))


def overlapping_elements(image: Image) -> int:
    headers = struct.pack("<IIII", 0, 32, 1, 9) + struct.pack("<IIII", 0, 16, 1, 9)
    return image.page(LEAF, headers + b"a123456789", 2)


def key_inside_the_headers(image: Image) -> int:
    return image.page(LEAF, struct.pack("<IIII", 0, 0, 1, 9), 1)


def element_beyond_its_page(image: Image) -> int:
    return image.page(LEAF, struct.pack("<IIII", 0, 16, 1, 5000), 1)


def element_of_the_largest_size(image: Image) -> int:
    return image.page(LEAF, struct.pack("<IIII", 0, *[0xFFFFFFFF] * 3), 1)


def too_many_elements(image: Image) -> int:
    return image.page(LEAF, b"", 0xFFFF)


def too_many_children(image: Image) -> int:
    return image.page(BRANCH, b"", 0xFFFF)


def wrong_type(image: Image) -> int:
    return image.page(FREELIST, b"", 0)


def unknown_type(image: Image) -> int:
    return image.page(0x40, b"", 0)


def wrong_id(image: Image) -> int:
    image.pages.append(struct.pack(PAGE_HEADER, 77, LEAF, 0, 0).ljust(image.page_size, b"\0"))
    return image.next_page - 1


def largest_overflow(image: Image) -> int:
    image.pages.append(struct.pack(PAGE_HEADER, image.next_page, LEAF, 0, 0xFFFFFFFF).ljust(image.page_size, b"\0"))
    return image.next_page - 1


def page_beyond_the_file(image: Image) -> int:
    return image.branch((b"a", 1 << 60))


def meta_page_as_root(_image: Image) -> int:
    return 1


def deepest_tree(image: Image) -> int:
    page = image.leaf((0, b"a", b"1"))
    for _ in range(70):
        page = image.branch((b"a", page))
    return page


def bucket_without_a_header(image: Image) -> int:
    return image.leaf((1, b"a", b"short"))


def inline_bucket_without_a_page(image: Image) -> int:
    return image.leaf((1, b"a", bucket_at(0) + b"short"))


def inline_branch(image: Image) -> int:
    return image.leaf((1, b"a", bucket_at(0) + struct.pack(PAGE_HEADER, 0, BRANCH, 0, 0)))


def inline_element_beyond_the_bucket(image: Image) -> int:
    page = struct.pack(PAGE_HEADER, 0, LEAF, 1, 0) + struct.pack("<IIII", 0, 16, 1, 9) + b"a"
    return image.leaf((1, b"a", bucket_at(0) + page), (0, b"b", b"1" * 100))


DAMAGES: dict[Callable[[Image], int], str] = {
    page_that_points_at_itself: "reached twice",
    branch_loop: "reached twice",
    one_leaf_twice: "reached twice",
    pages_that_overlap: "reached twice",
    overlapping_elements: "overlaps",
    key_inside_the_headers: "overlaps",
    element_beyond_its_page: "reaches beyond its page",
    element_of_the_largest_size: "reaches beyond its page",
    too_many_elements: "claims 65535 elements",
    too_many_children: "claims 65535 elements",
    wrong_type: "of type 0x10",
    unknown_type: "of type 0x40",
    wrong_id: "says it is page 77",
    largest_overflow: "overflows beyond the end",
    page_beyond_the_file: "beyond the file's last page",
    meta_page_as_root: "of type 0x4",
    deepest_tree: "deeper than 64",
    bucket_without_a_header: "header is cut off",
    inline_bucket_without_a_page: "too short",
    inline_branch: "instead of a leaf",
    inline_element_beyond_the_bucket: "reaches beyond its page",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_pages_are_refused(damage: Callable[[Image], int]) -> None:
    image = Image()
    root = damage(image)
    with pytest.raises(Damaged, match=DAMAGES[damage]) as raised:
        tree_of(BoltFile(image.file(root)).root())
    assert raised.value.hint


@pytest.mark.parametrize("damage", [bucket_that_holds_itself, two_buckets_on_one_page, *DAMAGES])
def test_no_damage_makes_the_count_of_pages_endless(damage: Callable[[Image], int]) -> None:
    image = Image()
    root = damage(image)
    with pytest.raises(Damaged):
        BoltFile(image.file(root)).tree_pages()


def test_claims_of_size_cost_nothing() -> None:
    """The meta page says how many pages there are, and may say anything."""
    image = Image()
    root = image.tree({b"a": b"1", b"b": {}})
    metas = (image.meta(page, root, page, high_water=2**64 - 1) for page in range(2))
    assert walk(b"".join([*metas, *image.pages])) == 1
    metas = (image.meta(page, root, page, high_water=0) for page in range(2))
    with pytest.raises(Damaged):
        walk(b"".join([*metas, *image.pages]))


def test_every_truncation_is_noticed() -> None:
    image = Image(1024, per_page=2)
    data = image.file(image.tree({b"%02d" % number: b"v" * 300 for number in range(12)}))
    assert walk(data) == len(data) // 1024 - 2
    for size in range(0, len(data) - 1, 512):
        with pytest.raises((NotASnapshot, Damaged)):
            walk(data[:size])


@settings(max_examples=300)
@given(data=st.data())
def test_mutated_files_are_damaged_at_worst(data: st.DataObject) -> None:
    image = Image(1024, per_page=2)
    root = image.tree({b"%02d" % n: b"v" * n for n in range(10)} | {b"in": {b"a": b"1"}, b"out": {b"b": {b"c": b"2"}}})
    mutated = bytearray(image.file(root))
    structures = [*range(80), *(start + at for start in range(1024, len(mutated), 1024) for at in range(64))]
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.sampled_from(structures))] = data.draw(st.integers(0, 255))
    try:
        BoltFile(bytes(mutated)).tree_pages()
        BoltFile(bytes(mutated)).free_pages()
    except (NotASnapshot, Damaged):
        pass
