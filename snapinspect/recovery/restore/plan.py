"""What a restore would do, worked out against the live cluster without changing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean import NEWEST, clean, parse_release
from snapinspect.clean.subject import dig, text
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.recovery.restore.autoscaling import Autoscaled
from snapinspect.recovery.restore.compare import carried_over, comparable, is_same
from snapinspect.recovery.restore.live import LiveObjects
from snapinspect.recovery.restore.namespaces import NAMESPACE, Namespaces, Standing
from snapinspect.recovery.restore.owners import Owners, with_owners_of
from snapinspect.recovery.restore.parallel import side_by_side
from snapinspect.recovery.restore.services import Allocated
from snapinspect.recovery.restore.steps import Action, Policy, State, Step
from snapinspect.recovery.restore.versions import Versions
from snapinspect.recovery.restore.volumes import Volumes, in_use
from snapinspect.recovery.restore.writing import as_replaced, write
from snapinspect.snapshot.values import one_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snapinspect.kube.cluster import Cluster, Served
    from snapinspect.model import Body, Lookup
    from snapinspect.recovery.restore.volumes import Release
    from snapinspect.recovery.restore.wanted import Wanted

_SERVES_BOTH: Final = "it belongs to no namespace, and what is there serves the one that the objects come from"
_CRD: Final = ("apiextensions.k8s.io", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in apply order for the cluster at ``server``.

    ``same_cluster`` says whether the snapshot is of that one, None if that cannot be told. ``releases`` are
    volumes that wait for a claim that is gone, ``notes`` say what could not be asked.
    """

    context: str
    server: str
    version: str
    same_cluster: bool | None
    policy: Policy
    steps: tuple[Step, ...]
    releases: tuple[Release, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blocked(self) -> tuple[Step, ...]:
        """With the policy ``fail``, the steps for whose sake nothing is to be written."""
        if self.policy is not Policy.fail:
            return ()
        return tuple(step for step in self.steps if step.state not in _HARMLESS)


_HARMLESS: Final = frozenset({State.create, State.identical, State.comes_after, State.unchecked})


def release_of(version: str) -> int:
    """The minor release to write for a server of this version; the newest known one for what is not known."""
    try:
        return parse_release(version)
    except UsageError:
        return NEWEST


class Planner:
    """Makes a plan. ``lookup`` and ``release`` are those with which the wanted objects were cleaned.

    ``parallel`` objects are looked at side by side.
    """

    def __init__(
        self,
        cluster: Cluster,
        lookup: Lookup,
        release: int = NEWEST,
        policy: Policy = Policy.skip,
        *,
        force: bool = False,
        parallel: int = 1,
    ) -> None:
        self._cluster = cluster
        self._lookup = lookup
        self._release = release
        self._policy = policy
        self._force = force
        self._parallel = parallel
        self._notes: list[str] = []
        self._cleaning = Lock()

    def plan(
        self,
        wanted: Sequence[Wanted],
        cluster_uid: str | None,
        *,
        moved: bool = False,
        advance: Callable[[int], object] = lambda _: None,
    ) -> Plan:
        """The plan for objects in apply order. Raises ApiError when the cluster cannot be asked at all."""
        version = self._cluster.version()
        self._moved = moved
        self._namespaces = Namespaces(self._cluster, self._note)
        live_uid = self._namespaces.uid("kube-system")
        volumes = Volumes(self._cluster, wanted, self._note, moved=moved)
        allocated = Allocated(self._cluster, wanted, self._note, moved=moved)
        settled = [allocated.settle(volumes.settle(each)) for each in wanted]
        self._planned_namespaces = {each.name for each in wanted if each.target[:2] == ("", "Namespace")}
        self._defined = {defines(each) for each in wanted if each.target[:2] == _CRD}
        self._autoscaled = Autoscaled(self._cluster, wanted, self._note)
        self._owners = Owners(self._cluster, wanted)
        self._versions = Versions(self._cluster)
        self._live = LiveObjects(self._cluster, settled)
        steps = []
        with side_by_side(self._parallel) as run:
            for step in run(self._step, settled):
                steps.append(step)
                advance(1)
        same = live_uid == cluster_uid if live_uid and cluster_uid else None
        where = self._cluster.context, self._cluster.server
        notes = tuple(dict.fromkeys(self._notes))
        return Plan(*where, version, same, self._policy, tuple(steps), tuple(volumes.releases), notes)

    def _note(self, said: str) -> None:
        self._notes.append(said)

    def _step(self, wanted: Wanted) -> Step:
        try:
            with one_value():
                return self._judged(wanted)
        except Unreachable:
            raise
        except SnapinspectError as error:
            if isinstance(error, ApiError) and error.code == 401:
                raise
            return Step(wanted, State.conflict, Action.give_up, wanted.body, str(error))

    def _judged(self, wanted: Wanted) -> Step:
        wanted = self._versions.settle(wanted)
        served = self._cluster.served(wanted.api_version, wanted.kind)
        if served is None:
            return self._not_served(wanted)
        live, is_hidden = self._look(served, wanted)
        wanted = self._owners.settle(wanted)
        if live is None:
            return self._absent(wanted, served, is_hidden=is_hidden)
        if dig(live, "metadata", "deletionTimestamp"):
            return _ending(wanted, served, "it is there still, and being deleted")
        if wanted.namespace and self._namespaces.standing(wanted.namespace) is Standing.ending:
            return _ending(wanted, served, f"its namespace {wanted.namespace} is being deleted")
        wanted = self._autoscaled.with_live_replicas(with_owners_of(wanted, live), live)
        return self._present(wanted, live, served)

    def _look(self, served: Served, wanted: Wanted) -> tuple[Body | None, bool]:
        """The live object, and whether the account may not look at it."""
        try:
            return self._live.find(served, wanted), False
        except ApiError as error:
            if error.code != 403:
                raise
            return None, True

    def _not_served(self, wanted: Wanted) -> Step:
        if wanted.target[:2] in self._defined:
            reason = "its CustomResourceDefinition comes first"
            return Step(self._owners.settle(wanted), State.comes_after, Action.create, wanted.body, reason)
        reason = f"the cluster serves no {wanted.kind} in {wanted.api_version}"
        return Step(wanted, State.not_served, Action.give_up, wanted.body, reason)

    def _absent(self, wanted: Wanted, served: Served, *, is_hidden: bool) -> Step:
        step = Step(wanted, State.create, Action.create, wanted.body, served=served)
        namespace = wanted.namespace
        if namespace is not None:
            standing = self._namespaces.standing(namespace)
            if standing in {Standing.absent, Standing.hidden} and namespace in self._planned_namespaces:
                return replace(step, state=State.comes_after, reason=f"its namespace {namespace} comes first")
            if standing is Standing.absent:
                return replace(step, state=State.no_namespace, action=Action.give_up, reason=_no_namespace(namespace))
            if standing is Standing.ending:
                return _ending(wanted, served, f"its namespace {namespace} is being deleted")
        try:
            write(self._cluster, step, dry=True)
        except Unreachable:
            raise
        except ApiError as error:
            if is_hidden and error.already_exists:
                reason = f"{error}, and it may not be looked at"
                return replace(step, state=State.conflict, action=Action.give_up, reason=reason)
            # What it lacks now, such as its service account, may be made by a step before it.
            state = State.unchecked if error.cannot_dry_run else State.conflict
            return replace(step, state=state, reason=str(error))
        return step

    def _present(self, wanted: Wanted, live: Body, served: Served) -> Step:
        before = self._seen(live, wanted)
        step = Step(wanted, State.differs, Action.leave, wanted.body, served=served, before=before, after=wanted.body)
        if is_same(before, wanted.body):
            return _identical(step)
        step = replace(step, body=carried_over(wanted.body, live, self._cleaned(live)))
        stored = self._opinion(step)
        if isinstance(stored, dict):
            step = replace(step, after=self._seen(stored, wanted))
            if is_same(step.before, step.after):
                return _identical(step)
        if self._policy in {Policy.skip, Policy.fail}:
            return step
        if self._moved and not served.namespaced and wanted.kind != NAMESPACE[1]:
            return replace(step, reason=_SERVES_BOTH)
        if reason := in_use(live, wanted):
            return replace(step, state=State.conflict, action=Action.give_up, reason=reason)
        if self._policy is Policy.replace:
            return self._replaced(step, stored)
        return self._merged(replace(step, action=Action.merge, body=wanted.body))

    def _opinion(self, step: Step) -> Body | ApiError:
        """What the server would keep in the place of the live object, in the form in which it answers; or its refusal."""
        try:
            return as_replaced(self._cluster, step)
        except Unreachable:
            raise
        except ApiError as error:
            return error

    def _replaced(self, step: Step, stored: Body | ApiError) -> Step:
        step = replace(step, action=Action.replace)
        return _refused(step, stored) if isinstance(stored, ApiError) else step

    def _merged(self, step: Step) -> Step:
        """The step as an apply would change the live object, which the server is asked to try."""
        try:
            result = write(self._cluster, step, force=self._force, dry=True)
        except Unreachable:
            raise
        except ApiError as error:
            return _refused(step, error)
        step = replace(step, after=self._seen(result, step.wanted))
        return _identical(step) if is_same(step.before, step.after) else step

    def _seen(self, live: Body, wanted: Wanted) -> Body:
        """An answer of the server as it is laid beside what is wanted."""
        seen: Body = comparable(live, self._cleaned(live), wanted.body)
        return seen

    def _cleaned(self, body: Body) -> Body:
        # The snapshot that rules look into is read by one at a time.
        with self._cleaning:
            return clean(body, self._lookup, self._release).body


def _ending(wanted: Wanted, served: Served, reason: str) -> Step:
    return Step(wanted, State.being_deleted, Action.give_up, wanted.body, reason, served)


def _identical(step: Step) -> Step:
    return Step(step.wanted, State.identical, Action.leave, step.wanted.body, served=step.served)


def _refused(step: Step, error: ApiError) -> Step:
    if error.cannot_dry_run:
        return replace(step, state=State.unchecked, reason=str(error))
    return replace(step, state=State.conflict, action=Action.give_up, reason=str(error))


def defines(definition: Wanted) -> tuple[str, str]:
    """The group and kind that a CustomResourceDefinition brings."""
    spec: Any = definition.body.get("spec")
    return text(dig(spec, "group")), text(dig(spec, "names", "kind"))


def _no_namespace(name: str) -> str:
    return f"namespace {name} is neither in the cluster nor among what is restored: name it, too (ns/{name}), or add --with-deps"
