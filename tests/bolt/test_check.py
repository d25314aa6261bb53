"""Whether a bbolt file is whole, on files written by hand: what is whole is said to be, and each fault is named."""

from __future__ import annotations

import struct

import pytest
from bolt_writer import FREELIST, LEAF, Image, Tree
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.bolt.check import check
from snapinspect.bolt.pages import Page, contents, elements, read_page
from snapinspect.bolt.scan import Lost, find_page_size, walk

NAMES = st.binary(min_size=1, max_size=12)
TREES = st.recursive(
    st.dictionaries(NAMES, st.binary(max_size=40), max_size=30),
    lambda inner: st.dictionaries(NAMES, st.binary(max_size=3000) | inner, max_size=8),
    max_leaves=8,
)
MANY = {b"%05d" % number: b"value %d" % number for number in range(400)}


def faults(data: bytes) -> list[str]:
    return [fault.reason for fault in check(data).faults]


@given(tree=TREES, page_size=st.sampled_from([1024, 4096, 65536]), per_page=st.sampled_from([2, 1000]))
def test_a_whole_file_has_no_fault(tree: Tree, page_size: int, per_page: int) -> None:
    image = Image(page_size, per_page)
    data = image.file(image.tree(tree))
    checked = check(data)
    assert not checked.faults
    assert checked.reached == checked.pages == len(data) // page_size
    assert checked.free is None


@pytest.mark.parametrize("page_size", [1024 << shift for shift in range(7)])
def test_the_page_size_is_found_without_meta_pages(page_size: int) -> None:
    image = Image(page_size, per_page=3)
    data = image.file(image.tree(MANY))
    assert find_page_size(bytes(2 * page_size) + data[2 * page_size :]) == page_size


class TestWalk:
    def leaves(self, data: bytes, root: int) -> list[Page | Lost]:
        return list(walk(data, root, 1024, bytearray(len(data) // 1024)))

    def spans(self, pages: list[Page | Lost]) -> list[tuple[int, int]]:
        return [(page.start, page.end) for page in pages if isinstance(page, Page)]

    def test_it_goes_on_behind_each_lost_page(self) -> None:
        image = Image(1024, per_page=5)
        root = image.tree(MANY)
        data = image.file(root)
        whole = self.leaves(data, root)
        for number, leaf in enumerate(whole):
            assert isinstance(leaf, Page)
            broken = data[: leaf.start] + bytes(1024) + data[leaf.end :]
            found = self.leaves(broken, root)
            assert isinstance(found[number], Lost)
            assert self.spans([*found[:number], leaf, *found[number + 1 :]]) == self.spans(whole)

    def test_a_loop_ends(self) -> None:
        image = Image(1024)
        leaf = image.leaf((0, b"a", b"1"))
        loop = image.next_page
        assert image.branch((b"a", leaf), (b"b", loop)) == loop
        page, lost = self.leaves(image.file(loop), loop)
        assert isinstance(page, Page)
        assert isinstance(lost, Lost)
        assert "reached twice" in lost.reason

    def test_keys_outside_the_range_of_a_branch(self) -> None:
        image = Image(1024)
        leaves = image.leaf((0, b"x", b"1")), image.leaf((0, b"c", b"1"))
        root = image.branch((b"a", leaves[0]), (b"b", leaves[1]))
        lost, page = self.leaves(image.file(root), root)
        assert isinstance(page, Page)
        assert isinstance(lost, Lost)
        assert "other keys" in lost.reason


class TestFaults:
    def test_keys_out_of_order(self) -> None:
        image = Image()
        root = image.leaf((0, b"a", b"1"), (0, b"c", b"2"), (0, b"b", b"3"), (0, b"d", b"4"))
        assert faults(image.file(root)) == [f"the keys of page {root} are not in order"]

    def test_fewer_elements_than_were_written(self) -> None:
        image = Image()
        data = bytearray(image.file(image.tree(MANY)))
        (count,) = struct.unpack_from("<H", data, 2 * 4096 + 10)
        struct.pack_into("<H", data, 2 * 4096 + 10, count - 1)
        assert faults(bytes(data)) == ["page 2 has a hole between its elements"]

    @pytest.mark.parametrize("page", [0, 1])
    def test_a_broken_meta_page(self, page: int) -> None:
        image = Image()
        data = bytearray(image.file(image.tree(MANY)))
        data[page * 4096 + 40] ^= 1
        assert [(fault.page, fault.reason) for fault in check(bytes(data)).faults] == [
            (page, "a meta page is broken; the other one is used")
        ]

    def test_both_meta_pages_broken(self) -> None:
        assert "nothing leads" in faults(bytes(100_000))[0]

    def test_a_file_that_was_cut_off(self) -> None:
        image = Image(per_page=3)
        data = image.file(image.tree(MANY))
        assert (
            faults(data[: -3 * 4096])[0]
            == f"the file is cut off: it has {len(data) // 4096 - 3} pages of {len(data) // 4096}"
        )

    def test_pages_of_other_types_and_names(self) -> None:
        image = Image()
        other = image.page(FREELIST, b"", 0)
        assert "should be a branch or a leaf" in faults(image.file(image.branch((b"a", other))))[0]
        assert "beyond the file" in faults(image.file(99))[0]


class TestFreelist:
    def file(self, *free: int) -> bytes:
        """A root leaf on page 2, two pages that nothing leads to, and a freelist that names these."""
        image = Image()
        root = image.leaf((0, b"a", b"1"))
        image.leaf((0, b"old", b"1"))
        image.branch((b"old", 3))
        freelist = image.page(FREELIST, struct.pack(f"<{len(free)}Q", *free), len(free))
        assert (root, freelist) == (2, 5)
        return image.file(root, freelist=freelist)

    def test_one_that_is_right(self) -> None:
        checked = check(self.file(3, 4))
        assert not checked.faults
        assert (checked.reached, checked.free) == (3, 2)

    @pytest.mark.parametrize(
        ("free", "reason"),
        [
            ((3,), "pages are neither in the tree nor free: 4"),
            ((2, 3, 4), "the freelist names pages that are in use or beyond the file: 2"),
            ((0, 3, 4), "the freelist names pages that are in use or beyond the file: 0"),
            ((3, 4, 99), "the freelist names pages that are in use or beyond the file: 99"),
            ((3, 3, 4), "the freelist names pages twice"),
        ],
    )
    def test_one_that_is_wrong(self, free: tuple[int, ...], reason: str) -> None:
        assert faults(self.file(*free)) == [reason]

    def test_one_that_is_none(self) -> None:
        image = Image()
        root = image.leaf((0, b"a", b"1"))
        assert faults(image.file(root, freelist=root)) == [
            f"page {root} should be the freelist and is of type {LEAF:#x}"
        ]


@pytest.mark.parametrize("fewer", [0, 1])
def test_contents_are_what_the_elements_hold(fewer: int) -> None:
    """In one piece where they lie one behind the other; an element less than was written leaves a hole before the first."""
    image = Image()
    data = bytearray(image.file(image.tree(MANY)))
    (count,) = struct.unpack_from("<H", data, 2 * 4096 + 10)
    struct.pack_into("<H", data, 2 * 4096 + 10, count - fewer)
    page = read_page(bytes(data), 2, 4096, len(data) // 4096)
    pieces = contents(bytes(data), page)
    assert b"".join(pieces) == b"".join(bytes(data)[each.key : each.end] for each in elements(bytes(data), page))
    assert [bool(piece) for piece in pieces] == [False] * fewer + [True]
