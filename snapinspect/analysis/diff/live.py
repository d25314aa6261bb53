"""A snapshot against the live cluster: both sides as snapshots, so that they are compared as two of them are.

An API server does not answer with what is stored, but with what it makes of it: it fills in defaults that are newer than
the object, and converts versions. So an object that was not written since is not looked at further, and of any other
the snapshot's side is brought into the version in which the cluster answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from snapinspect.analysis.diff.asking import Plan, Planner
from snapinspect.analysis.diff.held import identity_of, take_inventory
from snapinspect.analysis.diff.objects import Comparison, Difference
from snapinspect.analysis.diff.settled import settled
from snapinspect.clean.courses import convert
from snapinspect.clean.subject import mapping, text
from snapinspect.kube.decode import Decoded
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import Kind
from snapinspect.model import silent
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.sources.cluster import Refused, as_source, fetch

if TYPE_CHECKING:
    from snapinspect.analysis.diff.held import Identity
    from snapinspect.kube.cluster import Catalog, Cluster, Served
    from snapinspect.kube.skim import Skim
    from snapinspect.model import Body, Head, Progress, Record
    from snapinspect.select import Selection

_WRITTEN: Final = ("uid", "resourceVersion", "managedFields")
"""What two states of an object share only if nobody wrote it in between; the last holds the time of each write, in case
a cluster was restored from a backup and gave out the same numbers again."""


def live_space(snapshot: Snapshot, catalog: Catalog) -> KeySpace:
    """The keys and kinds of the snapshot, and the kinds that only the cluster has."""
    table = snapshot.kinds.with_served(map(_as_kind, catalog.kinds.values()))
    return KeySpace(snapshot.prefixes or KeySpace().prefixes, table)


def compare_live(
    snapshot: Snapshot,
    cluster: Cluster,
    catalog: Catalog,
    selection: Selection,
    *,
    raw: bool = False,
    progress: Progress = silent,
) -> LiveComparison:
    """Fetches what is selected, of the ``live_space``. Raises ApiError when the cluster gives no answer at all.

    What it refuses to list is a problem of the new side.
    """
    plan = Planner(snapshot, selection, catalog, take_inventory(snapshot, selection)).plan()
    store = fetch(cluster, plan.wishes, progress)
    before = snapshot.seen_as(AskedFor)
    before.plan, before.refused = plan, store.refused
    after = Snapshot(as_source(cluster, store))
    after.prefixes, after.kinds = selection.space.prefixes, selection.space.table
    after.problems += [*plan.problems, *store.problems]
    return LiveComparison(before, after, selection, raw, plan=plan)


@dataclass
class LiveComparison(Comparison):
    """A comparison whose new side is the live cluster."""

    marks: ClassVar = ("revision", "live, resourceVersion")
    unread: ClassVar = "it cannot be read, and so not be compared"

    plan: Plan = field(kw_only=True)
    _changed: set[Identity] = field(default_factory=set)

    @property
    def cautions(self) -> list[str]:
        """What to know of the kinds of which something was found changed so far."""
        return [caution for identity, caution in self.plan.cautions.items() if identity in self._changed]

    def bodies(self, difference: Difference) -> tuple[Body | None, Body | None]:
        """Both states in the form in which they are compared."""
        old, new = super().bodies(difference)
        return old and self._settled(old), new and self._settled(new)

    def _are_different(self, before: Body, after: Body) -> bool:
        if _is_same_write(before, after) or not super()._are_different(self._settled(before), self._settled(after)):
            return False
        self._changed.add(_identity(after))
        return True

    def _settled(self, body: Body) -> Body:
        """The object as ``settled``; a custom resource is what it is."""
        if self.selection.space.table.for_object(*_identity(body)).origin == "custom":
            return body
        return settled(body)


class AskedFor(Snapshot):
    """A snapshot's objects of which the cluster told something, in the versions in which it did."""

    plan: Plan
    refused: tuple[Refused, ...]

    def entry(self, key: bytes, selection: Selection) -> Entry | None:
        found = super().entry(key, selection)
        if found is None:
            return None
        record, head = found
        to, _ = self.plan.courses.get((head.api_version, head.kind), (head.api_version, ()))
        head = head._replace(api_version=to)
        return Entry(record, head) if self._is_told(head) else None

    def _is_told(self, head: Head) -> bool:
        """Whether the cluster told of such objects, be it that it has no such kind."""
        identity = head.group, head.kind
        if identity in self._asked:
            return not {(*identity, None), (*identity, head.namespace)} & self._silent
        return bool(head.kind) and identity not in self.plan.unasked and head.group not in self.plan.unread

    @cached_property
    def _asked(self) -> frozenset[Identity]:
        return frozenset((wish.served.group, wish.served.kind) for wish in self.plan.wishes)

    @cached_property
    def _silent(self) -> frozenset[tuple[str, str, str | None]]:
        """The kinds that were not listed, and in which namespaces; None is all."""
        wishes = [each.wish for each in self.refused]
        return frozenset((wish.served.group, wish.served.kind, wish.namespace) for wish in wishes)

    def decode(self, record: Record, skim: Skim | None = None) -> Decoded:  # noqa: ARG002 - conversions may look at all
        body, unknown = super().decode(record)
        form = str(body.get("apiVersion")), str(body.get("kind"))
        if form in self.plan.courses:
            to, steps = self.plan.courses[form]
            body = convert(body, steps, to)
        return Decoded(body, unknown)


def _identity(body: Body) -> Identity:
    return identity_of((text(body.get("apiVersion")), text(body.get("kind"))))


def _is_same_write(before: Body, after: Body) -> bool:
    old, new = mapping(before.get("metadata")), mapping(after.get("metadata"))
    return all(old.get(name) and old[name] == new.get(name) for name in _WRITTEN)


def _as_kind(versions: tuple[Served, ...]) -> Kind:
    """A kind that only the cluster has, as a CRD would define it."""
    first = versions[0]
    return Kind(
        first.group,
        first.kind,
        first.plural,
        first.singular or first.kind.lower(),
        first.short_names,
        first.namespaced,
        first.categories,
        (f"{first.group}/{first.plural}" if first.group else first.plural,),
        tuple(served.api_version.rpartition("/")[2] for served in versions),
        "custom",
    )
