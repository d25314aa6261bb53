"""No field of any release may be missing from the schemas, whatever its message came to be called later.

``fields.tsv.gz`` has a row for each field, and for each type that it had: message, number, name, JSON name,
label, whether a zero on the wire appears in JSON, type, first and last release. Its sources: ``generated.proto``
and the struct tags of ``k8s.io/api``, ``apimachinery``, ``apiextensions-apiserver`` and ``kube-aggregator`` at
each release from 1.8 to 1.37, and of OpenShift's API, whose rows name no release.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from snapinspect.kube import schema

TABLE = Path(__file__).parents[1] / "data" / "fields.tsv.gz"


class Fact(NamedTuple):
    number: int
    name: str
    json: str
    label: str
    zero: str
    type: str
    first: int
    last: int


def facts() -> dict[str, list[Fact]]:
    by_message: dict[str, list[Fact]] = defaultdict(list)
    with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        for message, number, name, json, label, zero, kind, first, last in rows:
            fact = Fact(int(number), name, json, label, zero, kind, minor(first, 0), minor(last, 99))
            by_message[message].append(fact)
    return by_message


def minor(release: str, unbounded: int) -> int:
    return int(release.removeprefix("1.")) if release else unbounded


FACTS = facts()


def is_missing(fact: Fact, known: schema.Field | None) -> bool:
    if known is None or known.label != fact.label:
        return True
    kind = known.value_type if known.label == "map" else known.type
    return kind != (fact.type if "." not in fact.type else "message")


def test_each_field_is_read_in_what_its_message_is_called_today() -> None:
    """An old release's message may be another one today: every path from it is walked in both, side by side."""
    missing, seen = set(), set()
    waiting = [(name, name, 0, 99) for name in FACTS]
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        stored, ours, first, last = step
        known = {field.number: field for field in schema.message(ours).fields}
        for fact in FACTS.get(stored, ()):
            since, until = max(first, fact.first), min(last, fact.last)
            if since > until:
                continue
            field = known.get(fact.number)
            if is_missing(fact, field):
                missing.add(f"{ours}.{fact.name} = {fact.number} of {stored}")
            elif field and field.message:
                waiting.append((fact.type, field.message, since, until))
    assert missing == set()
    assert len(seen) > 1_500


def test_each_field_has_its_name_and_its_zero_in_json() -> None:
    for name, rows in FACTS.items():
        known = {field.number: field for field in schema.message(name).fields}
        for fact in rows:
            field = known[fact.number]
            assert (field.name, field.json) == (fact.name, fact.json), name
            assert not fact.zero or field.keep_zero == (fact.zero == "keep"), (name, fact.name)
