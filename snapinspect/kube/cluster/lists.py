"""All objects of a kind, a page at a time, each as the very text that the server wrote.

Sources: k8s.io/client-go ``tools/pager/pager.go``; k8s.io/apimachinery ``pkg/apis/meta/v1/types.go`` (ListMeta).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube.cluster.failures import ApiError
from snapinspect.kube.numbers import text as text_of
from snapinspect.model import Body

_PAGE: Final = "500"
"""Objects a page, as kubectl asks for."""
_GONE: Final = 410
_value_at = json.JSONDecoder().raw_decode
_skip_space = re.compile(r"[ \t\n\r]*").match


class Item(NamedTuple):
    """One object: ``text`` is its JSON, ``body`` what is in it, but for the exact form of numbers."""

    text: str
    body: Body


class Page(NamedTuple):
    """A part of a list; ``begins`` it if what came before no longer counts. ``revision`` is the state's."""

    items: list[Item]
    begins: bool
    revision: int


Ask = Callable[[dict[str, str]], bytes]
"""Asks for a list with further words in the query."""


def pages(ask: Ask) -> Iterator[Page]:
    """The pages of one list. Raises ApiError.

    When the state that is being listed is compacted away meanwhile, the list begins again, whole.
    """
    token, begins = "", True
    while True:
        try:
            content = ask({"limit": _PAGE, **({"continue": token} if token else {})})
        except ApiError as error:
            if error.code != _GONE or not token:
                raise
            content, begins = ask({}), True
        items, following, revision = read_list(content)
        yield Page(items, begins, revision)
        if not following:
            return
        if following == token:
            raise ApiError("the server's list does not go on: it gave the same page twice")
        token, begins = following, False


def read_list(content: bytes) -> tuple[list[Item], str, int]:
    """A list's items, the token with which it continues, and its resourceVersion as a number (0: it is none).

    Raises ApiError for what is no list.
    """
    try:
        items, others = _split(text_of(content))
    except (ValueError, IndexError, RecursionError, Undecodable):
        raise ApiError("the server's answer is no list: something other than an API server answered") from None
    metadata = others.get("metadata")
    found = metadata if isinstance(metadata, dict) else {}
    token = found.get("continue")
    return items, token if isinstance(token, str) else "", as_revision(found.get("resourceVersion"))


def as_revision(version: Any) -> int:
    """The revision of etcd behind a resourceVersion; 0 for one that is no such number."""
    is_number = isinstance(version, str) and len(version) < 20 and version.isascii() and version.isdecimal()
    return int(version) if is_number else 0


def _split(text: str) -> tuple[list[Item], Body]:
    """The items of a list, and its other fields. Raises ValueError or IndexError for what is none."""
    items: list[Item] = []
    others: Body = {}
    at = _after(text, _space(text, 0), "{")
    while text[at] != "}":
        name, at = _value_at(text, at)
        at = _after(text, _space(text, at), ":")
        if name == "items" and text[at] == "[":
            at = _take_items(text, at, items)
        else:
            others[name], at = _value_at(text, at)
        at = _next(text, at, "}")
    return items, others


def _take_items(text: str, at: int, items: list[Item]) -> int:
    at = _after(text, at, "[")
    while text[at] != "]":
        body, end = _value_at(text, at)
        _after(text, at, "{")
        items.append(Item(text[at:end], body))
        at = _next(text, end, "]")
    return at + 1


def _next(text: str, at: int, closing: str) -> int:
    """Where the next member begins, or the closing bracket stands."""
    at = _space(text, at)
    return at if text[at] == closing else _after(text, at, ",")


def _after(text: str, at: int, sign: str) -> int:
    if text[at] != sign:
        raise ValueError(f"no {sign}")
    return _space(text, at + 1)


def _space(text: str, at: int) -> int:
    found = _skip_space(text, at)
    return found.end() if found else at
