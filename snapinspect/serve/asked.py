"""One request: where it points, what it asks for, and in which form it takes the answer.

Source: apiserver ``pkg/endpoints/request/requestinfo.go`` and ``pkg/endpoints/handlers/negotiation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from snapinspect.serve.refusal import Refusal

_ANY = {"*/*", "application/*", "application/json"}
_TRUE = {"1", "true", "True", "t", "T", "TRUE"}


class Form(NamedTuple):
    """A media type: JSON, perhaps ``kind`` (``Table``, ``APIGroupDiscoveryList``) of ``version`` in place of the object."""

    kind: str = ""
    version: str = ""


@dataclass(frozen=True)
class Asked:
    """``path`` is what stands behind the context's own; ``query`` the last value of each parameter."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    accept: str
    body: bytes = b""
    content_type: str = ""

    @classmethod
    def of(cls, scope: dict[str, Any], path: tuple[str, ...], body: bytes) -> Asked:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        accept, content_type = (headers.get(name, b"").decode("latin-1") for name in (b"accept", b"content-type"))
        return cls(scope.get("method", "GET"), path, query, accept, body, content_type)

    def is_set(self, name: str) -> bool:
        return self.query.get(name, "") in _TRUE

    def number(self, name: str) -> int:
        """A whole number; 0 where it is not given. Raises Refusal for what is none."""
        text = self.query.get(name) or "0"
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise Refusal(400, f"invalid value {text!r} for {name}: a whole number is expected")
        return int(text)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """What the client takes, the best first. Raises Refusal for a client that takes no JSON."""
        wanted = [part for part in self.accept.split(",") if part.strip()] or ["application/json"]
        found = [form for form in map(_form, wanted) if form is not None]
        if not found:
            raise Refusal(
                406, f"only the following media types are accepted: application/json; not {self.accept[:100]}"
            )
        return tuple(found)

    def form(self, *offered: str) -> Form:
        """The first form that is plain or one of ``offered``, by their kinds."""
        for form in self.forms:
            if not form.kind or form.kind in offered:
                return form
        raise Refusal(406, f"only the following media types are accepted: application/json; not {self.accept[:100]}")


def _form(text: str) -> Form | None:
    kind, *parameters = (part.strip() for part in text.split(";"))
    if kind not in _ANY:
        return None
    said = dict(parameter.partition("=")[::2] for parameter in parameters)
    return Form(said.get("as", ""), said.get("v", ""))
