"""Stored values decoded: messages of every kind against an oracle, unknown fields, damage."""

from __future__ import annotations

from collections import Counter
import pytest
from compare import difference, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from message_oracle import FUTURE, SEALED, Author, Schemas, json_of

from snapinspect.kube import schema
from snapinspect.kube.decode import decode

KINDS = list(schema.kinds())


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


def reachable_fields(schemas: Schemas) -> set[tuple[str, int]]:
    """Every field of every message that an object of any kind can hold, by message and number."""
    found: set[tuple[str, int]] = set()
    waiting = [schemas.pool.FindMessageTypeByName(name) for _, _, name in KINDS]
    seen = set(waiting)
    while waiting:
        message = waiting.pop()
        if not message.GetOptions().map_entry:
            found.update((message.full_name, field.number) for field in message.fields)
        for field in message.fields:
            if field.message_type and field.message_type not in seen:
                seen.add(field.message_type)
                waiting.append(field.message_type)
    return found


@settings(max_examples=4)
@given(seed=st.integers(0, 2**64))
def test_messages_of_every_kind_are_what_the_options_say(schemas: Schemas, seed: int) -> None:
    author = Author(schemas, seed)
    for api_version, kind, name in KINDS:
        message = author.message(name)
        body, unknown = decode(schemas.stored(api_version, kind, message))
        expected = {"apiVersion": api_version, "kind": kind, **json_of(schemas, message)}
        wrong = difference(plain(body), plain(expected))
        assert not wrong, name
        assert unknown == []
    assert author.written >= reachable_fields(schemas)
