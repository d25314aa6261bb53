"""What a restore would do, worked out against the live cluster without changing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean import NEWEST, clean, parse_release
from snapinspect.clean.subject import dig, text
from snapinspect.errors import UsageError
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.recovery.restore.compare import carried_over, comparable
from snapinspect.recovery.restore.owners import Autoscaled, with_live_owners
from snapinspect.recovery.restore.steps import Action, Policy, State, Step
from snapinspect.recovery.restore.volumes import Volumes, in_use
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snapinspect.kube.cluster import Cluster, Served
    from snapinspect.model import Body, Lookup
    from snapinspect.recovery.restore.volumes import Release
    from snapinspect.recovery.restore.wanted import Wanted

_NAMESPACE: Final = ("v1", "Namespace")
_SERVES_BOTH: Final = "it belongs to no namespace, and what is there serves the one that the objects come from"
_CRD: Final = ("apiextensions.k8s.io", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in apply order for the cluster at ``server``.

    ``same_cluster`` says whether the snapshot is of that one, None if that cannot be told. ``releases`` are
    volumes that wait for a claim that is gone.
    """

    context: str
    server: str
    version: str
    same_cluster: bool | None
    policy: Policy
    steps: tuple[Step, ...]
    releases: tuple[Release, ...] = ()

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
    """Makes a plan. ``lookup`` and ``release`` are those with which the wanted objects were cleaned."""

    def __init__(
        self,
        cluster: Cluster,
        lookup: Lookup,
        release: int = NEWEST,
        policy: Policy = Policy.skip,
        *,
        force: bool = False,
    ) -> None:
        self._cluster = cluster
        self._lookup = lookup
        self._release = release
        self._policy = policy
        self._force = force
        self._namespaces: dict[str, Body | None] = {}

    def plan(
        self,
        wanted: Sequence[Wanted],
        cluster_uid: str | None,
        *,
        moved: bool = False,
        advance: Callable[[int], object] = lambda _: None,
    ) -> Plan:
        """The plan for objects in apply order. Raises ApiError when the cluster cannot be asked at all."""
        version, live_uid = self._cluster.version(), self._uid()
        self._moved = moved
        volumes = Volumes(self._cluster, wanted, moved=moved)
        settled = [volumes.settle(each) for each in wanted]
        self._planned_namespaces = {each.name for each in wanted if each.target[:2] == ("", "Namespace")}
        self._defined = {_defines(each) for each in wanted if each.target[:2] == _CRD}
        self._autoscaled = Autoscaled(self._cluster, wanted)
        steps = []
        for each in settled:
            steps.append(self._step(each))
            advance(1)
        same = live_uid == cluster_uid if live_uid and cluster_uid else None
        where = self._cluster.context, self._cluster.server
        return Plan(*where, version, same, self._policy, tuple(steps), tuple(volumes.releases))

    def _uid(self) -> str:
        """The UID of kube-system; empty where the account may not see it."""
        try:
            return text(dig(self._namespace("kube-system"), "metadata", "uid"))
        except ApiError as error:
            if error.code == 403:
                return ""
            raise

    def _step(self, wanted: Wanted) -> Step:
        try:
            return self._judged(wanted)
        except Unreachable:
            raise
        except ApiError as error:
            if error.code == 401:
                raise
            return Step(wanted, State.conflict, Action.give_up, wanted.body, str(error))

    def _judged(self, wanted: Wanted) -> Step:
        served = self._cluster.served(wanted.api_version, wanted.kind)
        if served is None:
            return self._not_served(wanted)
        live = self._cluster.get(served, wanted.namespace, wanted.name)
        wanted = with_live_owners(wanted, self._cluster)
        if live is None:
            return self._absent(wanted, served)
        if dig(live, "metadata", "deletionTimestamp"):
            reason = "it is there still, and being deleted"
            return Step(wanted, State.being_deleted, Action.give_up, wanted.body, reason, served)
        return self._present(self._autoscaled.with_live_replicas(wanted, live), live, served)

    def _not_served(self, wanted: Wanted) -> Step:
        if wanted.target[:2] in self._defined:
            reason = "its CustomResourceDefinition comes first"
            return Step(wanted, State.comes_after, Action.create, wanted.body, reason)
        reason = f"the cluster serves no {wanted.kind} in {wanted.api_version}"
        return Step(wanted, State.not_served, Action.give_up, wanted.body, reason)

    def _absent(self, wanted: Wanted, served: Served) -> Step:
        step = Step(wanted, State.create, Action.create, wanted.body, served=served)
        namespace = wanted.namespace
        if namespace is not None:
            live = self._namespace(namespace)
            if live is None and namespace in self._planned_namespaces:
                return replace(step, state=State.comes_after, reason=f"its namespace {namespace} comes first")
            if live is None:
                return replace(step, state=State.conflict, action=Action.give_up, reason=_no_namespace(namespace))
            if dig(live, "metadata", "deletionTimestamp"):
                reason = f"its namespace {namespace} is being deleted"
                return replace(step, state=State.being_deleted, action=Action.give_up, reason=reason)
        try:
            self._cluster.create(served, namespace, dumps(wanted.body), dry=True)
        except Unreachable:
            raise
        except ApiError as error:
            # What it lacks now, such as its service account, may be made by a step before it.
            state = State.unchecked if error.cannot_dry_run else State.conflict
            return replace(step, state=state, reason=str(error))
        return step

    def _present(self, wanted: Wanted, live: Body, served: Served) -> Step:
        before = comparable(live, self._cleaned(live), wanted.body)
        if before == wanted.body:
            return Step(wanted, State.identical, Action.leave, wanted.body, served=served)
        step = Step(wanted, State.differs, Action.leave, wanted.body, served=served, before=before, after=wanted.body)
        if self._policy in {Policy.skip, Policy.fail}:
            return step
        if self._moved and not served.namespaced and wanted.kind != _NAMESPACE[1]:
            return replace(step, reason=_SERVES_BOTH)
        if reason := in_use(live, wanted):
            return replace(step, state=State.conflict, action=Action.give_up, reason=reason)
        return self._changed(step, live, served)

    def _changed(self, step: Step, live: Body, served: Served) -> Step:
        """The step as the policy would change the live object, which the server is asked to try."""
        wanted = step.wanted
        if self._policy is Policy.replace:
            step = replace(step, action=Action.replace, body=carried_over(wanted.body, live, self._cleaned(live)))
        else:
            step = replace(step, action=Action.merge)
        try:
            result = write(self._cluster, step, force=self._force, dry=True)
        except Unreachable:
            raise
        except ApiError as error:
            if error.cannot_dry_run:
                return replace(step, state=State.unchecked, reason=str(error))
            return replace(step, state=State.conflict, action=Action.give_up, reason=str(error))
        after = comparable(result, self._cleaned(result), wanted.body)
        if after == step.before:
            return Step(wanted, State.identical, Action.leave, wanted.body, served=served)
        return replace(step, after=after)

    def _cleaned(self, body: Body) -> Body:
        return clean(body, self._lookup, self._release).body

    def _namespace(self, name: str) -> Body | None:
        if name not in self._namespaces:
            served = self._cluster.served(*_NAMESPACE)
            self._namespaces[name] = served and self._cluster.get(served, None, name)
        return self._namespaces[name]


def write(cluster: Cluster, step: Step, *, force: bool = False, dry: bool = False) -> Body:
    """Carries out one step, or tries it. Raises ApiError, OutputError for what JSON cannot hold."""
    assert step.served is not None
    content, namespace, name = dumps(step.body), step.wanted.namespace, step.wanted.name
    if step.action is Action.create:
        return cluster.create(step.served, namespace, content, dry=dry)
    if step.action is Action.replace:
        return cluster.replace(step.served, namespace, name, content, dry=dry)
    return cluster.merge(step.served, namespace, name, content, force=force, dry=dry)


def _defines(definition: Wanted) -> tuple[str, str]:
    """The group and kind that a CustomResourceDefinition brings."""
    spec: Any = definition.body.get("spec")
    return text(dig(spec, "group")), text(dig(spec, "names", "kind"))


def _no_namespace(name: str) -> str:
    return f"namespace {name} is neither in the cluster nor among what is restored: name it, too (ns/{name})"
