"""Carrying out a plan: each step told as it is done, and a failure of one keeps none of the others from being tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean import clean
from snapinspect.clean.subject import dig, mappings
from snapinspect.errors import SnapinspectError
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.recovery.restore.adoption import Adoptions
from snapinspect.recovery.restore.compare import comparable, is_same
from snapinspect.recovery.restore.parallel import side_by_side
from snapinspect.recovery.restore.stages import stages
from snapinspect.recovery.restore.steps import Action, State
from snapinspect.recovery.restore.volumes import release
from snapinspect.recovery.restore.writing import write
from snapinspect.snapshot.values import one_value
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
    """Writes what a plan says, ``parallel`` objects at a time.

    ``patience`` is how many seconds a CRD or namespace may take to be ready. ``done`` are the results so far, also of
    what was under way when ``run`` was interrupted.
    """

    def __init__(
        self,
        cluster: Cluster,
        lookup: Lookup,
        release: int,
        *,
        force: bool = False,
        patience: float = 60,
        parallel: int = 1,
    ) -> None:
        self.done: list[Result] = []
        self._cluster = cluster
        self._lookup = lookup
        self._release = release
        self._force = force
        self._patience = patience
        self._parallel = parallel
        self._adoptions = Adoptions(cluster)
        self._waiting = RLock()
        self._active: set[str] = set()
        self._awaited: dict[str, str] = {}
        self._is_lost = False

    def run(self, plan: Plan, *, release_volumes: bool = False) -> Iterator[Result]:
        """Each step's result as soon as it is known, then those of owners that came late, and of the volumes."""
        for stage in stages(plan.steps):
            with side_by_side(self._parallel) as run:
                yield from run(self._told, stage)
        for step, reason in self._adoptions.finish():
            yield self._kept(Result(step, Outcome.failed, reason))
        for planned in plan.releases if release_volumes else ():
            yield self._kept(self._released(planned))

    def _told(self, step: Step) -> Result:
        return self._kept(self._carried_out(step))

    def _kept(self, result: Result) -> Result:
        self.done.append(result)
        return result

    def _carried_out(self, step: Step) -> Result:
        if step.action is Action.give_up:
            return Result(step, Outcome.failed, step.reason)
        if step.action is Action.leave:
            return Result(step, Outcome.identical if step.state is State.identical else Outcome.skipped)
        if self._is_lost:
            return Result(step, Outcome.not_tried)
        try:
            with one_value():
                self._await_namespace(step)
                ready = self._adoptions.under_owners(replace(step, served=step.served or self._await_kind(step)))
                result = self._written(ready)
                self._adoptions.expect(step, ready)
                return replace(result, subject=step)
        except Unreachable as error:
            self._is_lost = True
            return Result(step, Outcome.failed, str(error))
        except SnapinspectError as error:
            return Result(step, Outcome.failed, str(error))

    def _written(self, step: Step) -> Result:
        for tries in range(1, _TRIES + 1):
            try:
                body = write(self._cluster, step, force=self._force)
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
                self._adoptions.made(step, body)
                return Result(step, _DONE[step.action])
        raise AssertionError

    def _is_there(self, step: Step, error: ApiError) -> bool:
        """Whether a conflict is with an object that is just what was to be written."""
        if error.code != 409 or step.served is None:
            return False
        live = self._cluster.get(step.served, step.wanted.namespace, step.wanted.name)
        if live is None:
            return False
        self._adoptions.made(step, live)
        with self._waiting:
            cleaned = clean(live, self._lookup, self._release).body
        return is_same(comparable(live, cleaned, step.wanted.body), step.wanted.body)

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
        with self._waiting:
            if name not in self._active:
                self._await(served, name, "Active", _is_active)
                self._active.add(name)

    def _await_kind(self, step: Step) -> Served:
        """Waits until a kind whose CRD the plan makes first is served."""
        with self._waiting:
            return self._cluster.served(step.wanted.api_version, step.wanted.kind) or self._kind_to_come(step)

    def _kind_to_come(self, step: Step) -> Served:
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
