"""Carrying out a plan: each step told as it is done, and a failure of one keeps none of the others from being tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean import clean
from snapinspect.clean.subject import dig, mappings
from snapinspect.errors import SnapinspectError
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.recovery.restore.compare import comparable
from snapinspect.recovery.restore.plan import write
from snapinspect.recovery.restore.steps import Action, State
from snapinspect.recovery.restore.volumes import release
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.kube.cluster import Cluster, Served
    from snapinspect.model import Body, Lookup
    from snapinspect.recovery.restore.plan import Plan
    from snapinspect.recovery.restore.steps import Step
    from snapinspect.recovery.restore.volumes import Release

_TRIES: Final = 4
"""How often a request is sent whose answer was lost."""
_POLL: Final = 0.5
"""Seconds between two looks at what is not ready yet."""
_CRD: Final = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
_NAMESPACE: Final = ("v1", "Namespace")


class Outcome(StrEnum):
    """What became of a step."""

    created = "created"
    merged = "merged"
    replaced = "replaced"
    released = "released"
    identical = "identical"
    skipped = "skipped"
    failed = "failed"
    not_tried = "not-tried"


_DONE: Final = {Action.create: Outcome.created, Action.merge: Outcome.merged, Action.replace: Outcome.replaced}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one object, or of one volume's release. ``message`` is the server's own where it gave one."""

    subject: Step | Release
    outcome: Outcome
    message: str = ""

    @property
    def is_failure(self) -> bool:
        return self.outcome in {Outcome.failed, Outcome.not_tried}

    def __str__(self) -> str:
        return f"{self.outcome} {self.subject}" + (f": {self.message}" if self.message else "")


class Applier:
    """Writes what a plan says. ``patience`` is how many seconds a CRD or namespace may take to be ready."""

    def __init__(
        self, cluster: Cluster, lookup: Lookup, release: int, *, force: bool = False, patience: float = 60
    ) -> None:
        self._cluster = cluster
        self._lookup = lookup
        self._release = release
        self._force = force
        self._patience = patience
        self._active: set[str] = set()
        self._awaited: dict[str, str] = {}
        self._is_lost = False

    def run(self, plan: Plan, *, release_volumes: bool = False) -> Iterator[Result]:
        """Each step's result as soon as it is known, then those of the volumes."""
        for step in plan.steps:
            yield self._carried_out(step)
        for planned in plan.releases if release_volumes else ():
            yield self._released(planned)

    def _carried_out(self, step: Step) -> Result:
        if step.action is Action.give_up:
            return Result(step, Outcome.failed, step.reason)
        if step.action is Action.leave:
            return Result(step, Outcome.identical if step.state is State.identical else Outcome.skipped)
        if self._is_lost:
            return Result(step, Outcome.not_tried)
        try:
            self._await_namespace(step)
            result = self._written(replace(step, served=step.served or self._await_kind(step)))
            return replace(result, subject=step)
        except Unreachable as error:
            self._is_lost = True
            return Result(step, Outcome.failed, str(error))
        except SnapinspectError as error:
            return Result(step, Outcome.failed, str(error))

    def _written(self, step: Step) -> Result:
        for tries in range(1, _TRIES + 1):
            try:
                write(self._cluster, step, force=self._force)
            except Unreachable:
                # Whether it was carried out shows when it is sent again.
                if tries == _TRIES:
                    raise
                self._cluster.pause(_POLL * tries)
            except ApiError as error:
                if self._is_there(step, error):
                    return Result(step, _DONE[step.action] if tries > 1 else Outcome.identical)
                raise
            else:
                return Result(step, _DONE[step.action])
        raise AssertionError

    def _is_there(self, step: Step, error: ApiError) -> bool:
        """Whether a conflict is with an object that is just what was to be written."""
        if error.code != 409 or step.served is None:
            return False
        live = self._cluster.get(step.served, step.wanted.namespace, step.wanted.name)
        if live is None:
            return False
        cleaned = clean(live, self._lookup, self._release).body
        return bool(comparable(live, cleaned, step.wanted.body) == step.wanted.body)

    def _released(self, planned: Release) -> Result:
        if self._is_lost:
            return Result(planned, Outcome.not_tried)
        try:
            reason = release(self._cluster, planned, dumps)
        except SnapinspectError as error:
            return Result(planned, Outcome.failed, str(error))
        return Result(planned, Outcome.failed if reason else Outcome.released, reason)

    def _await_namespace(self, step: Step) -> None:
        """Waits for a namespace that the plan makes first."""
        name = step.wanted.namespace
        if name is None or step.state is not State.comes_after or name in self._active:
            return
        served = self._cluster.served(*_NAMESPACE)
        assert served is not None
        self._await(served, name, "Active", _is_active)
        self._active.add(name)

    def _await_kind(self, step: Step) -> Served:
        """Waits until a kind whose CRD the plan makes first is served."""
        wanted = step.wanted
        definition = self._cluster.served(*_CRD)
        assert definition is not None
        named = next((one for one in self._cluster.list(definition, None) if _defines(one, step)), None)
        if named is None:
            raise SnapinspectError(f"the cluster has no CustomResourceDefinition of {wanted.kind}")
        self._await(definition, named["metadata"]["name"], "Established", _is_established)
        for _ in self._looks():
            self._cluster.forget_served()
            if served := self._cluster.served(wanted.api_version, wanted.kind):
                return served
        raise SnapinspectError(f"the cluster serves no {wanted.kind} in {wanted.api_version}")

    def _await(self, served: Served, name: str, state: str, is_ready: Callable[[Body], bool]) -> None:
        awaited = f"{served.plural}/{name}"
        if awaited in self._awaited:
            raise SnapinspectError(self._awaited[awaited])
        for _ in self._looks():
            live = self._cluster.get(served, None, name)
            if live is None:
                break
            if is_ready(live):
                return
        # What needs it, too, would wait in vain once more.
        self._awaited[awaited] = f"{awaited} did not become {state}"
        raise SnapinspectError(self._awaited[awaited])

    def _looks(self) -> Iterator[None]:
        yield None
        for _ in range(round(self._patience / _POLL)):
            self._cluster.pause(_POLL)
            yield None


def _is_active(namespace: Body) -> bool:
    return bool(dig(namespace, "status", "phase") == "Active")


def _is_established(definition: Body) -> bool:
    conditions: Any = dig(definition, "status", "conditions")
    return any(one.get("type") == "Established" and one.get("status") == "True" for one in mappings(conditions))


def _defines(definition: Body, step: Step) -> bool:
    spec: Any = definition.get("spec")
    return (dig(spec, "group"), dig(spec, "names", "kind")) == step.wanted.target[:2]
