"""Applies the rules to one object.

The rules of each kind are compiled once into a tree of the fields they name. An object is walked along
that tree, never beyond it, and only what leads to a change is copied: subtrees that several objects share
stay shared, and the input is never changed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from snapinspect.clean.courses import Course, find_course
from snapinspect.clean.edits import NotConvertible
from snapinspect.clean.embedded import FLAT, update_embedded
from snapinspect.clean.paths import DROP, EACH, steps, suffix
from snapinspect.clean.rule import Adaptation, Conversion, Exclusion, Keep, Notice, Rule, Withdrawn, kind_key
from snapinspect.clean.served import NEWEST, is_stable, span
from snapinspect.clean.subject import Subject, text
from snapinspect.model import Change, Cleaned, Omission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snapinspect.clean.courses import Step
    from snapinspect.clean.rule import AnyRule
    from snapinspect.model import Body, Lookup

    Finish = Callable[[Body, Subject], tuple[Body, list[Change]]]

_BAGS = frozenset({"annotations", "labels", "data"})
"""Mappings that say nothing when empty; any other empty one may mean something (``emptyDir: {}``)."""
_COURSES_KEPT = 10_000


class _Node:
    """One field that rules name.

    ``path`` is its path, or None below a list, where it has an index. ``rules`` come with the change that
    they make, ready where the path is known. ``certain`` is that change if the field goes in any case.
    """

    __slots__ = ("bag", "certain", "fields", "items", "kept", "path", "rules", "suffix", "writes")

    def __init__(self, path: str | None, step: str) -> None:
        self.path = path
        self.suffix = suffix(step)
        self.bag = step in _BAGS
        self.rules: list[tuple[Rule, Change | None]] = []
        self.certain: Change | None = None
        self.kept = False
        self.fields: dict[str, _Node] = {}
        self.items: _Node | None = None
        self.writes: list[tuple[str, _Node]] = []

    def child(self, step: str) -> _Node:
        if step == EACH:
            if self.items is None:
                self.items = _Node(None, step)
            return self.items
        found = self.fields.get(step)
        if found is None:
            path = None if self.path is None else self.path + suffix(step)
            found = self.fields[step] = _Node(path, step)
        return found

    def certain_fields(self) -> frozenset[str]:
        return frozenset(name for name, child in self.fields.items() if child.certain is not None)

    def keep(self, path: list[str]) -> None:
        node = self
        for step in path:
            node = node.child(step)
        node.kept, node.certain = True, None

    def add(self, rule: Rule, path: list[str]) -> None:
        node = self
        for step in path:
            parent, node = node, node.child(step)
        change = None if node.path is None else Change(node.path, rule.id, rule.reason)
        if rule.when is None and rule.value is DROP and not rule.warning and not node.rules and not node.kept:
            node.certain = change
        node.rules.append((rule, change))
        if rule.value is not DROP:
            parent.writes.append((path[-1], node))


class _Plan:
    """All that concerns one kind."""

    __slots__ = ("_fitting", "adaptations", "conversions", "embedded", "exclusions", "notices", "root", "withdrawn")

    def __init__(self, rules: Iterable[AnyRule]) -> None:
        self.root = _Node("", "")
        self.embedded = _Node(None, "")
        self.exclusions: list[Exclusion] = []
        self.notices: list[Notice] = []
        self.conversions: list[Conversion] = []
        self.adaptations: list[Adaptation] = []
        self._fitting: dict[int, tuple[list[Adaptation], list[Adaptation]]] = {}
        self.withdrawn: list[Withdrawn] = []
        for rule in rules:
            if isinstance(rule, Exclusion):
                self.exclusions.append(rule)
            elif isinstance(rule, Notice):
                self.notices.append(rule)
            elif isinstance(rule, Conversion):
                self.conversions.append(rule)
            elif isinstance(rule, Keep):
                for path in rule.paths:
                    self.root.keep(steps(path))
            elif isinstance(rule, Adaptation):
                self.adaptations.append(rule)
            elif isinstance(rule, Withdrawn):
                self.withdrawn.append(rule)
            else:
                for path in rule.paths:
                    self.root.add(rule, steps(path))
                    if rule.embedded:
                        self.embedded.add(rule, steps(path))

    @property
    def unread(self) -> tuple[frozenset[str], frozenset[str]]:
        metadata = self.root.fields.get("metadata")
        is_walked = metadata is not None and not (metadata.kept or metadata.rules)
        return self.root.certain_fields(), metadata.certain_fields() if metadata and is_walked else frozenset()

    def fitting(self, release: int) -> tuple[list[Adaptation], list[Adaptation]]:
        """The adaptations for 1.``release``, and those among them that hold for templates, too."""
        known = self._fitting.get(release)
        if known is None:
            fitting = [one for one in self.adaptations if one.since <= release]
            known = self._fitting[release] = fitting, [one for one in fitting if one.templates]
        return known


class _Run:
    """What one walk over an object has found; ``within`` while it is at the templates inside."""

    __slots__ = ("changes", "subject", "warnings", "within")

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.within = False
        self.changes: list[Change] = []
        self.warnings: list[str] = []

    def acted(self, rule: Rule, change: Change, value: Any) -> None:
        self.changes.append(change)
        if rule.warning and not self.within:
            told = rule.warning if isinstance(rule.warning, str) else rule.warning(value, self.subject)
            if told and told not in self.warnings:
                self.warnings.append(told)

    def templates(self, rules: _Node, adaptations: list[Adaptation], body: Body) -> Body:
        """The object with its templates cleaned; they come first, as they are named by their place in it."""

        def change(template: Body, path: str) -> Any:
            return _fields(rules, self.adapted(template, adaptations, path), path, self)

        self.within = True
        cleaned = update_embedded(body, change)
        self.within = False
        return cleaned

    def adapted(self, body: Body, adaptations: list[Adaptation], path: str = "") -> Body:
        """What stands at ``path``, said as the release takes it."""
        for adaptation in adaptations:
            before = body
            for edit in adaptation.edits:
                edited = edit.apply(body)
                if edited is not body:
                    self.changes.append(Change(path + edit.path or ".", adaptation.id, adaptation.reason))
                body = edited
            if body is not before:
                told = (caution.tell(before) for caution in adaptation.cautions)
                self.warnings += [warning for warning in told if warning and warning not in self.warnings]
        return body

    def converted(self, body: Body, course: Course, release: int) -> Body:
        """The object in the version that the course ends at, or as it is where one of its steps fails."""
        changes, warnings = len(self.changes), len(self.warnings)
        converted = body
        try:
            for step in course.steps:
                converted = self._taken(step, converted, release)
        except NotConvertible as error:
            del self.changes[changes:], self.warnings[warnings:]
            stored = span(text(body.get("apiVersion")), self.subject.kind)
            if stored is not None and stored.on and stored.holds(release):
                return body
            self.warnings.append(
                f"it could not be converted to {course.steps[-1].to}: {error}; Kubernetes 1.{release} does not serve "
                f"{text(body.get('apiVersion'))}, in which it is written"
            )
            return body
        return converted

    def _taken(self, step: Step, body: Body, release: int) -> Body:
        conversion = step.conversion
        serves = f"Kubernetes 1.{release} serves {step.to} and not {text(body.get('apiVersion'))}. {conversion.reason}"
        self.changes.append(Change(".apiVersion", conversion.id, serves))
        self.warnings += [told for caution in conversion.cautions if (told := caution.tell(body))]
        for edit in conversion.edits:
            edited = edit.apply(body)
            if edited is not body:
                self.changes.append(Change(edit.path, conversion.id, edit.reason))
            body = edited
        return {**body, "apiVersion": step.to}


class Engine:
    """A table of rules, ready to be applied to any object; made once for a table.

    ``finish`` is applied to what they leave: the clean object and the one that is stored give the last form and
    what was changed for it.
    """

    def __init__(self, table: Iterable[AnyRule], finish: Finish | None = None) -> None:
        self._finish = finish
        self._table = tuple(table)
        self._others = _Plan(rule for rule in self._table if "*" in rule.kinds)
        self._names = {kind_key(kind): kind for rule in self._table for kind in rule.kinds if kind != "*"}
        self._plans: dict[tuple[str, str], _Plan] = {}
        self._courses: dict[tuple[str, str, int | None], Course] = {}

    def clean(self, body: Body, lookup: Lookup, release: int | None = None) -> Cleaned:
        """The object as Kubernetes 1.``release``, or the newest, takes it; what was changed and is to be known."""
        subject = Subject(body, lookup)
        plan = self._plan(subject.kind_of)
        run = _Run(subject)
        adaptations, in_templates = plan.fitting(release or NEWEST)
        cleaned = body
        if subject.kind_of not in FLAT:
            cleaned = run.templates(plan.embedded, in_templates, body)
        cleaned = run.adapted(_fields(plan.root, cleaned, "", run), adaptations)
        course = self._course(text(body.get("apiVersion")), subject.kind, plan, release)
        if course.steps:
            cleaned = run.converted(cleaned, course, release or NEWEST)
        elif not course.served:
            run.warnings.append(_unserved(subject, plan, release or NEWEST))
        if course.served and (told := _unstable(text(cleaned.get("apiVersion")), subject.kind, release or NEWEST)):
            run.warnings.append(told)
        run.warnings += [notice.reason for notice in plan.notices if notice.when is None or notice.when(subject)]
        if self._finish is not None:
            cleaned, changes = self._finish(cleaned, subject)
            run.changes += changes
        return Cleaned(cleaned, tuple(run.changes), tuple(run.warnings))

    def unread(self, group: str, kind: str) -> tuple[frozenset[str], frozenset[str]]:
        """Fields of objects of a kind, and of their metadata, that go whatever they hold; only what asks for them reads them."""
        return (frozenset(), frozenset()) if self._finish is not None else self._plan((group, kind)).unread

    def _plan(self, kind_of: tuple[str, str]) -> _Plan:
        """All that concerns a kind, made when the first object of it is met."""
        plan = self._plans.get(kind_of)
        if plan is None:
            name = self._names.get(kind_of)
            if name is None:
                return self._others
            rules = (rule for rule in self._table if name in rule.kinds or "*" in rule.kinds)
            plan = self._plans[kind_of] = _Plan(rules)
        return plan

    def _course(self, api_version: str, kind: str, plan: _Plan, release: int | None) -> Course:
        key = (api_version, kind, release)
        course = self._courses.get(key)
        if course is None:
            course = find_course(plan.conversions, api_version, kind, release)
            if len(self._courses) < _COURSES_KEPT:
                self._courses[key] = course
        return course

    def omission(self, body: Body, lookup: Lookup) -> Omission | None:
        """Why recovery leaves the object out unless it is named, or None if it does not."""
        subject = Subject(body, lookup)
        for exclusion in self._plan(subject.kind_of).exclusions:
            if exclusion.when is None or exclusion.when(subject):
                return Omission(exclusion.id, exclusion.reason)
        return None


@lru_cache(maxsize=1024)
def _unstable(api_version: str, kind: str, release: int) -> str:
    if span(api_version, kind) is None or is_stable(api_version):
        return ""
    return (
        f"it is written in {api_version}, as no stable version is known to which it could be converted that Kubernetes "
        f"1.{release} serves: the cluster must have that version switched on"
    )


def _unserved(subject: Subject, plan: _Plan, release: int) -> str:
    stored = text(subject.body.get("apiVersion"))
    serves = f"Kubernetes 1.{release} does not serve {subject.kind} in {stored}, in which it is written"
    why = [withdrawn.reason for withdrawn in plan.withdrawn] or ["no conversion to another version is known"]
    return f"{serves}: {'; '.join(why)}"


def _visit(node: _Node, value: Any, parent: Any, path: str, run: _Run) -> Any:
    """What becomes of a value: itself if nothing changes, a changed copy, or DROP."""
    if node.kept:
        return value
    for rule, ready in node.rules:
        if rule.when is None or rule.when(value, parent, run.subject):
            run.acted(rule, ready or Change(path, rule.id, rule.reason), value)
            return rule.value
    if node.fields and isinstance(value, dict):
        return _fields(node, value, path, run)
    if node.items is not None and isinstance(value, list):
        return _items(node.items, value, path, run)
    return value


def _fields(node: _Node, value: dict[str, Any], path: str, run: _Run) -> Any:
    result = value
    children = node.fields
    for key, item in value.items():
        child = children.get(key)
        if child is None:
            continue
        if child.certain is not None:
            run.changes.append(child.certain)
            kept = DROP
        else:
            kept = _visit(child, item, value, child.path or path + child.suffix, run)
            if kept is item:
                continue
        if result is value:
            result = dict(value)
        if kept is DROP:
            del result[key]
        else:
            result[key] = kept
    for key, child in node.writes:
        if key not in value:
            written = _visit(child, None, value, child.path or path + child.suffix, run)
            if written is not None:
                result = {**result, key: written}
    return DROP if node.bag and not result and value else result


def _items(node: _Node, value: list[Any], path: str, run: _Run) -> Any:
    """Elements are named by the index that they had in the input."""
    kept = [_visit(node, item, value, f"{path}[{index}]", run) for index, item in enumerate(value)]
    if all(new is old for new, old in zip(kept, value, strict=True)):
        return value
    return [item for item in kept if item is not DROP] or DROP
