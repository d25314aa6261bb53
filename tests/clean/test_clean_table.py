"""Every row of the table has an object that differs without it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from clean_world import WORLDS, World

from snapinspect import clean
from snapinspect.clean.engine import Engine
from snapinspect.clean.paths import EACH, steps
from snapinspect.clean.rule import Exclusion, Notice, Rule
from snapinspect.clean.rules import TABLE

if TYPE_CHECKING:
    from snapinspect.clean.rule import AnyRule
    from snapinspect.model import Body, Cleaned, Omission
ENGINE = Engine(TABLE)
RULES = [rule for rule in TABLE if isinstance(rule, Rule)]


class Told(NamedTuple):
    """What the whole table says of an object, and the rules that say so by their ids."""

    body: Body
    world: World
    cleaned: list[Cleaned]
    omission: Omission | None
    rules: frozenset[str]


def cleaned_by(engine: Engine, body: Body, world: World) -> list[Cleaned]:
    return [engine.clean(body, world, release) for release in (None, clean.NEWEST, 20)]


@cache
def told() -> list[Told]:
    found = []
    for world in WORLDS:
        for body in world.objects:
            cleaned, omission = cleaned_by(ENGINE, body, world), ENGINE.omission(body, world)
            rules = {change.rule for one in cleaned for change in one.changes} | {omission.rule if omission else ""}
            found.append(Told(body, world, cleaned, omission, frozenset(rules)))
    return found


def differs_by(engine: Engine, rule: AnyRule, before: Told) -> bool:
    if isinstance(rule, Exclusion):
        return engine.omission(before.body, before.world) != before.omission
    return cleaned_by(engine, before.body, before.world) != before.cleaned


@cache
def changed_paths() -> dict[str, set[str]]:
    """By rule, where it changed something, ``[]`` for any index."""
    paths: dict[str, set[str]] = {}
    for world in WORLDS:
        for body in world.objects:
            for change in ENGINE.clean(body, world).changes:
                paths.setdefault(change.rule, set()).add(re.sub(r"\[\d+\]", EACH, change.path))
    return paths


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_some_object_differs_without_the_rule(rule: AnyRule) -> None:
    without = Engine([other for other in TABLE if other is not rule])
    likeliest_first = sorted(told(), key=lambda before: rule.id not in before.rules)
    assert any(differs_by(without, rule, before) for before in likeliest_first)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_path_of_a_rule_is_met(rule: Rule) -> None:
    met = changed_paths()[rule.id]
    if rule.embedded:
        assert all(any(place.endswith(path) for place in met) for path in rule.paths)
        assert all(place.endswith(rule.paths) for place in met)
    else:
        assert met == set(rule.paths)


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in TABLE}) == len(TABLE)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_condition_is_said_in_words(rule: AnyRule) -> None:
    assert bool(rule.only) == (getattr(rule, "when", None) is not None)
    assert rule.only in rule.does
    assert rule.reason


def test_a_path_has_a_form() -> None:
    assert steps(".spec.ports[].nodePort") == ["spec", "ports", EACH, "nodePort"]
    assert steps('.metadata.annotations["example.com/a.b"]') == ["metadata", "annotations", "example.com/a.b"]
    for wrong in ("spec", ".spec.", '.a["b', ".a[0]"):
        with pytest.raises(ValueError, match="is no path"):
            steps(wrong)


def test_rules_are_told_by_kind() -> None:
    every = clean.rules()
    assert {fact.id for fact in every} == {rule.id for rule in TABLE}
    jobs = {fact.id for fact in clean.rules("job")}
    assert {"status", "job-selector", "finished-job"} <= jobs
    assert jobs == {fact.id for fact in clean.rules("Job.batch")}
    assert "service-cluster-ip" not in jobs
    (address,) = [fact for fact in clean.rules("Service") if fact.id == "service-cluster-ip"]
    assert address.does.startswith("drops .spec.clusterIP, .spec.clusterIPs unless it is None")
    assert "headless" in address.trap


def test_what_an_owner_makes_again_is_told_apart() -> None:
    assert {rule.id for rule in TABLE if rule.id.startswith("owned-")} == clean.OWNED
    assert not any(isinstance(rule, Notice) for rule in TABLE if rule.id in clean.OWNED)
