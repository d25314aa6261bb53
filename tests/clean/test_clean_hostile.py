"""Objects whose fields have any shape: nothing is raised, nothing is changed in place."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from clean_world import WORLDS
from hypothesis import given, settings
from hypothesis import strategies as st

from snapinspect.clean import apply_order, clean, omission
from snapinspect.clean.paths import EACH, steps
from snapinspect.clean.rule import Conversion, Rule
from snapinspect.clean.rules import TABLE

if TYPE_CHECKING:
    from snapinspect.model import Body

KINDS = [*sorted({kind for rule in TABLE for kind in rule.kinds} - {"*"}), "Widget.example.com"]
PATHS = [
    *(path for rule in TABLE if isinstance(rule, Rule) for path in rule.paths),
    *(edit.path for rule in TABLE if isinstance(rule, Conversion) for edit in rule.edits),
]
NAMED = {step for path in PATHS for step in steps(path)} - {EACH}
VERSIONS = ["v1", "v1beta1", "v1alpha1", "v1beta2", "v1beta3", "v2beta1", "v2beta2"]
ASKED = [
    "aggregationRule",
    "apiVersion",
    "backend",
    "caBundle",
    "clientConfig",
    "conditions",
    "controller",
    "f:ports",
    "f:spec",
    "fieldsV1",
    "kind",
    "labels",
    "manager",
    "matchExpressions",
    "metricName",
    "name",
    "namespace",
    "phase",
    "projected",
    "serviceAccountName",
    "serviceName",
    "sideEffects",
    "sources",
    "target",
    "template",
    "topology",
    "type",
    "webhooks",
]
FIELDS = sorted({*NAMED, *ASKED})
WORDS = st.sampled_from(
    [*FIELDS, "default", "Service", "Pod", "True", "Complete", "kube-api-access-x", "rbac-defaults", ""]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=5)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=6),
    max_leaves=25,
)


class Anything:
    """A lookup that finds the same thing under every name."""

    def __init__(self, body: Body | None) -> None:
        self.body = body

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        assert isinstance(name, str)
        return self.body

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
        return self.find(group, kind, namespace, name) is not None


def survives(body: Body, found: Body | None) -> None:
    before = deepcopy(body)
    cleaned = clean(body, Anything(found))
    omission(body, Anything(found))
    apply_order(body)
    assert body == before
    assert cleaned.changes or cleaned.body is body


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    version=st.sampled_from(VERSIONS),
    fields=st.dictionaries(WORDS, ANY, max_size=6),
    metadata=ANY | st.dictionaries(WORDS, ANY, max_size=6),
    found=st.none() | st.dictionaries(WORDS, ANY, max_size=4),
)
def test_arbitrary_fields_of_any_kind(kind: str, version: str, fields: Body, metadata: Any, found: Body | None) -> None:
    name, _, group = kind.partition(".")
    survives(
        {**fields, "metadata": metadata, "apiVersion": f"{group}/{version}" if group else version, "kind": name}, found
    )


@settings(max_examples=50, deadline=None)
@given(body=st.dictionaries(WORDS, ANY, max_size=6))
def test_arbitrary_objects(body: Body) -> None:
    survives(body, None)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container under ``value`` with each of its keys."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in pairs for place in ((value, key), *places(item))]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_real_object_with_one_field_of_another_shape(data: st.DataObject) -> None:
    world = data.draw(st.sampled_from(WORLDS))
    body = deepcopy(world.objects[data.draw(st.integers(0, len(world.objects) - 1))])
    container, key = data.draw(st.sampled_from(places(body)))
    container[key] = data.draw(ANY)
    survives(body, data.draw(st.none() | st.sampled_from(world.objects)))
