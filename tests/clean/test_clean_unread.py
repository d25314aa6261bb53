"""What cleaning drops in any case need not be read, and what a rule asks for of it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clean_world import WORLDS, World

from snapinspect.clean import TABLE, Engine, clean, omission
from snapinspect.clean.minimal import minimize
from snapinspect.clean.own import keep_status
from snapinspect.clean.rule import Keep, Rule
from snapinspect.clean.subject import group_of
from snapinspect.kube.readers import Deferred, Plan
from snapinspect.model import Cleaned, Omission
from snapinspect.snapshot import open_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapinspect.model import Body
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot

USUAL = Engine(TABLE)


def deferred(value: Any) -> Any:
    """The value as the reader of protobuf leaves it where it is not read; what is no message always is."""
    if not isinstance(value, dict | list):
        return value
    pieces = value if isinstance(value, list) else [value]
    remaining = iter(pieces)
    made = Deferred(Plan("of a test", lambda _fields: next(remaining), dict), is_list=isinstance(value, list))
    for _ in pieces:
        made.add(b"")
    return made


def unread(body: Body, engine: Engine) -> Body:
    fields, in_metadata = engine.unread(group_of(body["apiVersion"]), body["kind"])
    metadata = {key: deferred(item) if key in in_metadata else item for key, item in body["metadata"].items()}
    return {
        key: metadata if key == "metadata" else deferred(item) if key in fields else item for key, item in body.items()
    }


@pytest.mark.parametrize("world", WORLDS)
def test_what_is_made_of_an_object_is_the_same(world: World) -> None:
    for body in world.objects:
        assert clean(unread(body, USUAL), world) == clean(body, world)
        assert omission(unread(body, USUAL), world) == omission(body, world)


def test_status_and_managed_fields_are_not_read() -> None:
    for kind in (("", "Pod"), ("apps", "Deployment"), ("example.com", "Widget")):
        fields, in_metadata = USUAL.unread(*kind)
        assert fields == {"status"}
        assert "managedFields" in in_metadata


@pytest.mark.parametrize(
    ("engine", "lacks"),
    [
        (Engine((*keep_status(["Pod"]), *TABLE)), "status"),
        (Engine((Keep("mine", ("Pod",), (".metadata",), ""), *TABLE)), "managedFields"),
        (Engine((Keep("mine", ("*",), (".metadata.managedFields",), ""), *TABLE)), "managedFields"),
        (Engine((Rule("mine", ("Pod",), (".status",), "", when=lambda *_: True), *TABLE)), "status"),
        (Engine([rule for rule in TABLE if rule.id != "status"]), "status"),
        (Engine(TABLE, minimize), "status"),
        (Engine(TABLE, minimize), "managedFields"),
    ],
)
def test_what_may_stay_or_is_looked_at_is_read(engine: Engine, lacks: str) -> None:
    fields, in_metadata = engine.unread("", "Pod")
    assert lacks not in fields | in_metadata


def test_a_snapshot_brings_what_it_recovers(snapshot_file: Callable[[str], Path]) -> None:
    with open_snapshot(str(snapshot_file("small"))) as view:
        for selection in (view.select(everything=True), view.select(all_namespaces=True)):
            expected = _recovered(view, selection)
            brought = view.recovery.bring(selection, (), (), None, None, None)
            assert {entry.record.key: outcome for entry, outcome in brought} == expected
            assert sum(isinstance(outcome, Cleaned) for outcome in expected.values()) > 50


def _recovered(view: Snapshot, selection: Selection) -> dict[bytes, Cleaned | Omission]:
    outcomes: dict[bytes, Cleaned | Omission] = {}
    for each in view.recover(selection, leave_out=lambda found, why: outcomes.update({found.record.key: why})):
        outcomes[each.object.record.key] = each.cleaned
    return outcomes
