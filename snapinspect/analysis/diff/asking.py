"""What a live cluster is asked for, so that a snapshot can be compared with it: which kinds, where, in which version."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.analysis.diff.held import Form, group_of, identity_of, path_of
from snapinspect.analysis.diff.objects import PASSING
from snapinspect.analysis.diff.scope import is_named, may_mean, scopes
from snapinspect.clean.conversions import RULES
from snapinspect.clean.courses import ways_from
from snapinspect.clean.rule import Conversion, kind_key
from snapinspect.clean.served import stability
from snapinspect.model import Problem
from snapinspect.select import select
from snapinspect.sources.cluster import UNLISTED, Wish
from snapinspect.write.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.analysis.diff.held import Held, Identity, Inventory, Place
    from snapinspect.clean.courses import Step
    from snapinspect.kube.cluster import Catalog, Served
    from snapinspect.kube.kinds import Kind
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot


@dataclass(slots=True)
class Plan:
    """What to ask, and what to know of it.

    ``courses`` lead from the stored forms that the cluster does not serve to the version in which they are compared.
    Of the kinds ``unasked``, and all others in the groups ``unread``, nothing is said. ``cautions`` are for a kind of
    which something turns out changed, ``notes`` for all.
    """

    wishes: list[Wish] = field(default_factory=list)
    courses: dict[Form, tuple[str, tuple[Step, ...]]] = field(default_factory=dict)
    unasked: set[Identity] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    cautions: dict[Identity, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Planner:
    """Finds the lists that hold everything that is selected, and no others."""

    def __init__(self, snapshot: Snapshot, selection: Selection, catalog: Catalog, inventory: Inventory) -> None:
        self._snapshot = snapshot
        self._selection = selection
        self._catalog = catalog
        self._inventory = inventory
        self._table = selection.space.table
        self._plan = Plan(notes=list(catalog.notes))

    def plan(self) -> Plan:
        for path, kinds in self._by_path().items():
            held = self._inventory.held.get(path)
            for form, only in self._forms(kinds, held):
                self._ask(form, only, held)
        self._tell_unread()
        self._tell_left_out()
        return self._plan

    def _by_path(self) -> dict[str, list[Kind]]:
        """The kinds that are served and stored, by their storage path; kinds that share one are the likeliest first."""
        paths: dict[str, list[Kind]] = defaultdict(list)
        for group, name in self._catalog.kinds:
            kind = self._table.for_object(group, name)
            if kind.paths and group not in self._foreign:
                paths[path_of(kind)].append(kind)
        return {path: [kind for kind in self._table.at(path) if kind in kinds] for path, kinds in paths.items()}

    @cached_property
    def _foreign(self) -> frozenset[str]:
        """The groups that other servers answer for, and of which the snapshot's etcd keeps nothing."""
        groups = {
            f"{prefix}/{path}/".encode(): kind.group
            for kind in self._table
            if kind.group in self._catalog.elsewhere
            for prefix in self._selection.space.prefixes
            for path in kind.paths
        }
        starts = tuple(groups)
        keys = (key for key, _ in self._snapshot.stored(select(self._selection.space)) if key.startswith(starts))
        kept = {group for key in keys for start, group in groups.items() if key.startswith(start)} if starts else set()
        return self._catalog.elsewhere - kept

    def _forms(self, kinds: list[Kind], held: Held | None) -> Iterator[tuple[Form, frozenset[Place] | None]]:
        """In which forms to ask for what lies under one path: in each for what the snapshot has in it."""
        if held is None or self._served(held.main) is None:
            served = self._catalog.kinds[kinds[0].group, kinds[0].kind][0]
            yield (served.api_version, served.kind), None
        else:
            yield held.main, None
        for form, places in held.others.items() if held else ():
            yield form, frozenset(places)

    def _ask(self, form: Form, only: frozenset[Place] | None, held: Held | None) -> None:
        served = self._served(form)
        if served is None:
            return
        kind = self._table.for_object(served.group, served.kind)
        named = self._table.for_object(*identity_of(form))
        if not may_mean(self._selection, kind):
            if may_mean(self._selection, named) and held:
                self._leave(kind, f"not compared, as the cluster has {named.qualified} as {kind.qualified}")
        elif (kind.group, kind.kind) in PASSING and not is_named(self._selection, kind):
            self._plan.unasked.add((kind.group, kind.kind))
        elif not served.listable:
            self._leave(kind, "not compared, as the cluster lists none of it" if held else "")
        elif only is None or not any(wish.served == served and wish.only is None for wish in self._plan.wishes):
            places = scopes(self._selection, kind)
            root = (held and held.root) or f"{self._selection.space.prefixes[0]}/{path_of(kind)}/".encode()
            expected = held.size // len(places) if held and only is None else 0
            self._plan.wishes += [Wish(kind.qualified, served, root, *place, only, expected) for place in places]

    def _leave(self, kind: Kind, reason: str) -> None:
        """Nothing is said of the kind, which is a problem if there is a reason to name."""
        self._plan.unasked.add((kind.group, kind.kind))
        if reason:
            self._plan.problems.append(Problem("unlisted", kind.qualified, reason))

    def _served(self, form: Form) -> Served | None:
        """The stored form itself where the cluster serves it, else what it can be compared in."""
        api_version, name = form
        group, _ = identity_of(form)
        exact = self._catalog.version(group, name, api_version)
        if exact is not None:
            return exact
        rules = tuple(
            rule for rule in RULES if isinstance(rule, Conversion) and (group, name) in map(kind_key, rule.kinds)
        )
        ways = ways_from(rules, api_version)
        ends = {end: served for end in ways if (served := self._catalog.version(group_of(end), name, end))}
        if ends:
            end = max(ends, key=stability)
            self._plan.courses[form] = end, ways[end]
            return ends[end]
        versions = self._catalog.kinds.get((group, name), (None,))
        if versions[0] is not None:
            self._plan.courses[form] = versions[0].api_version, ()
            self._plan.cautions[group, name] = (
                f"{name} is stored as {api_version}, which the cluster does not serve, and compared as "
                f"{versions[0].api_version}: some of what differs may come of that"
            )
        return versions[0]

    def _tell_unread(self) -> None:
        for group, reason in self._catalog.unread.items():
            wanted = self._selection.wanted
            if group not in self._foreign and (
                not wanted or any(group == meant for each in wanted for meant, _ in each.identities)
            ):
                self._plan.unread.add(group)
                self._plan.problems.append(Problem("unlisted", group or "v1", f"{UNLISTED}: {reason}"))

    def _tell_left_out(self) -> None:
        notes = self._plan.notes
        meant = {
            group
            for group, name in self._catalog.kinds
            if group in self._foreign and may_mean(self._selection, self._table.for_object(group, name))
        }
        if not self._selection.wanted:
            meant |= self._foreign & self._catalog.unread.keys()
        if meant:
            notes.append(
                f"left out, as other servers answer for it and etcd need not hold it: {', '.join(sorted(meant))}"
            )
        if self._plan.unasked & PASSING:
            notes.append("left out Events and Leases (naming their kind, or --all, brings them)")
        if self._inventory.foreign:
            notes.append(
                f"left out what is no Kubernetes object, as no API serves it: {counted(self._inventory.foreign, 'record')}"
            )
        gone = {
            self._table.for_object(*identity_of(form)).qualified
            for held in self._inventory.held.values()
            for form in (held.main, *held.others)
            if self._served(form) is None and group_of(form[0]) not in self._plan.unread
        }
        if gone:
            notes.append(
                f"the cluster serves no {', '.join(sorted(gone))}: all that the snapshot has of it counts as removed"
            )
