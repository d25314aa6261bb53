"""Objects whose owners are made by the same plan: each points at its owner under the UID that this one got.

An owner may come later than what it owns, as custom resources do; then the reference is added when it is there.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from snapinspect.clean.subject import dig, text
from snapinspect.errors import SnapinspectError
from snapinspect.recovery.restore.owners import owners_of, with_owners
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.steps import Step


class Adoptions:
    """The UIDs that were given out so far, by those that the objects had, and who still waits for one."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._uids: dict[str, str] = {}
        self._expecting: list[tuple[Step, Step]] = []
        self._lock = Lock()

    def made(self, step: Step, live: Body) -> None:
        """``live`` is what the server made of the step."""
        uid = text(dig(live, "metadata", "uid"))
        if step.wanted.uid and uid:
            with self._lock:
                self._uids[step.wanted.uid] = uid

    def under_owners(self, step: Step) -> Step:
        """The step with references to those awaited owners that are there by now; it awaits the others."""
        there, missing = self._told_apart(step)
        wanted = replace(step.wanted, awaited=tuple(missing))
        return replace(step, body=with_owners(step.body, there), wanted=wanted) if there else step

    def expect(self, planned: Step, written: Step) -> None:
        """Remembers a step that was written without some of its owners."""
        if written.wanted.awaited:
            with self._lock:
                self._expecting.append((planned, written))

    def finish(self) -> Iterator[tuple[Step, str]]:
        """Adds the references that had to wait; gives each planned step for which that failed, and why."""
        for planned, written in self._expecting:
            reason = self._adopted(written)
            if reason:
                yield planned, f"it was written, but has no owner: {reason}"

    def _told_apart(self, step: Step) -> tuple[list[Body], list[Body]]:
        """The awaited owners that are there, and those that are not."""
        there: list[Body] = []
        missing: list[Body] = []
        for owner in step.wanted.awaited:
            uid = self._uids.get(text(owner.get("uid")))
            (there if uid else missing).append({**owner, "uid": uid} if uid else owner)
        return there, missing

    def _adopted(self, step: Step) -> str:
        """Why it could not be; "" when it was."""
        assert step.served is not None
        namespace, name = step.wanted.namespace, step.wanted.name
        there, missing = self._told_apart(step)
        try:
            live = there and self._cluster.get(step.served, namespace, name)
            if live:
                version = dig(live, "metadata", "resourceVersion")
                owned = owners_of(with_owners(live, there))
                patch = {"metadata": {"resourceVersion": version, "ownerReferences": owned}}
                self._cluster.patch(step.served, namespace, name, dumps(patch))
        except SnapinspectError as error:
            return str(error)
        return _not_made(missing) if missing else ""


def _not_made(owners: list[Body]) -> str:
    named = ", ".join(f"{owner.get('kind')} {owner.get('name')}" for owner in owners)
    return f"{named} was not restored"
