"""The calls that reading an etcd takes, on the first endpoint that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from snapinspect.errors import SourceError
from snapinspect.etcd.about import Member, Status
from snapinspect.etcd.client.access import Access
from snapinspect.etcd.client.channel import Channel, Metadata
from snapinspect.etcd.client.failures import CallFailed, EtcdFailed, explain
from snapinspect.etcd.client.reach import why_unreachable
from snapinspect.etcd.client.tls import read_certificates
from snapinspect.etcd.messages import message

_TIMEOUT = 30.0
_STATUS_TIMEOUT = 5.0
_COMPACTED = "etcdserver: mvcc: required revision has been compacted"
_EVERY_KEY = b"\0"
"""As the first key and as the end of a range."""


class Pin(NamedTuple):
    """A revision to read at. ``is_current`` unless the member that told it could not ask the others."""

    revision: int
    is_current: bool


class Client:
    """Asks one endpoint as long as it answers, then the next. All calls raise SourceError."""

    def __init__(self, access: Access, diagnose: Callable[[], SourceError | None]) -> None:
        self._access = access
        self._diagnose = diagnose
        certificates = read_certificates(access)
        self._channels = [Channel(endpoint, certificates, access.timeout) for endpoint in access.endpoints]
        self._current = 0
        self._token = ""
        self._has_users = bool(access.user)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()

    def pin(self) -> Pin:
        """The newest revision, as all members agree on it or, without a quorum, as one member knows it."""
        request = message("RangeRequest")(key=_EVERY_KEY, count_only=True)
        try:
            return Pin(self._ask("KV.Range", request).header.revision, is_current=True)
        except EtcdFailed as error:
            if not error.failure.lacks_quorum:
                raise
            request.serializable = True
            return Pin(self._ask("KV.Range", request).header.revision, is_current=False)

    def holds(self, revision: int) -> bool:
        """Whether etcd still has ``revision``, which is none of the future."""
        request = message("RangeRequest")(key=_EVERY_KEY, revision=revision, count_only=True, serializable=True)
        try:
            self._ask("KV.Range", request)
        except EtcdFailed as error:
            if not error.failure.is_compacted:
                raise
            return False
        return True

    def keys(self, after: bytes, limit: int, revision: int) -> Any:
        """A RangeResponse of the first keys after ``after``, in order, with everything but their values."""
        request = message("RangeRequest")(
            key=after + b"\0", range_end=_EVERY_KEY, limit=limit, revision=revision, keys_only=True, serializable=True
        )
        return self._ask("KV.Range", request)

    def values(self, first: bytes, last: bytes, revision: int) -> Any:
        """The KeyValues from ``first`` to ``last`` and what lies between."""
        request = message("RangeRequest")(key=first, revision=revision, serializable=True)
        if first != last:
            request.range_end = last + b"\0"
        return self._ask("KV.Range", request).kvs

    def members(self) -> tuple[Member, ...]:
        answer = self._ask("Cluster.MemberList", message("MemberListRequest")())
        return tuple(
            Member(_hex(each.ID), each.name, tuple(each.peerURLs), tuple(each.clientURLs), each.isLearner)
            for each in answer.members
        )

    def status(self) -> Status:
        """That of the endpoint that answers."""
        answer = self._ask("Maintenance.Status", message("StatusRequest")(), _STATUS_TIMEOUT)
        return _status(self._channels[self._current].endpoint.text, answer)

    def statuses(self) -> tuple[Status, ...]:
        """Every endpoint's own status, in the order in which they were named."""
        return tuple(map(self._status_of, self._channels))

    def changes(self, start: int, end: int) -> Iterator[Any]:
        """The mvccpb.Events of every key from revision ``start`` to ``end``, as they come; ``end`` must have one."""
        create = message("WatchCreateRequest")(
            key=_EVERY_KEY, range_end=_EVERY_KEY, start_revision=start, fragment=True
        )
        for answer in self._stream("Watch.Watch", message("WatchRequest")(create_request=create)):
            if answer.canceled:
                reason = _COMPACTED if answer.compact_revision else answer.cancel_reason
                raise self._error(self._channels[self._current], CallFailed("CANCELLED", reason))
            yield from (event for event in answer.events if event.kv.mod_revision <= end)
            if answer.events and answer.events[-1].kv.mod_revision >= end and not answer.fragment:
                return

    def snapshot(self) -> Iterator[Any]:
        """The SnapshotResponses of a whole database with its digest, as they come."""
        return self._stream("Maintenance.Snapshot", message("SnapshotRequest")())

    def _stream(self, name: str, request: Any) -> Iterator[Any]:
        # Finds an endpoint that answers; a stream is not begun again, so its token must not be an old one.
        self.status()
        self._token = ""
        channel = self._channels[self._current]
        try:
            yield from channel.stream(name, request, self._proof(channel))
        except CallFailed as failure:
            raise self._error(channel, failure) from None

    def _status_of(self, channel: Channel) -> Status:
        where = channel.endpoint.text
        try:
            answer = channel.call(
                "Maintenance.Status", message("StatusRequest")(), _STATUS_TIMEOUT, self._proof(channel)
            )
        except CallFailed as failure:
            return Status(where, error=str(self._error(channel, failure)).removeprefix(f"{where}: "))
        return _status(where, answer)

    def _ask(self, name: str, request: Any, timeout: float = _TIMEOUT) -> Any:
        """The answer of the endpoint that answered last or, when it fails, of the next that gives one."""
        errors = []
        for _ in self._channels:
            channel = self._channels[self._current]
            try:
                return self._ask_one(channel, name, request, timeout)
            except CallFailed as failure:
                errors.append(self._error(channel, failure))
                if not failure.concerns_endpoint:
                    break
                self._current = (self._current + 1) % len(self._channels)
        raise errors[-1] if len(errors) == 1 else _none_answers(errors)

    def _ask_one(self, channel: Channel, name: str, request: Any, timeout: float) -> Any:
        try:
            return channel.call(name, request, timeout, self._proof(channel))
        except CallFailed as failure:
            if not failure.lost_token or not self._token:
                raise
            self._token = ""
            return channel.call(name, request, timeout, self._proof(channel))

    def _proof(self, channel: Channel) -> Metadata:
        """Who asks: the token that the user's password is exchanged for, once."""
        if self._has_users and not self._token:
            request = message("AuthenticateRequest")(name=self._access.user, password=self._access.password)
            try:
                self._token = channel.call("Auth.Authenticate", request, _TIMEOUT).token
            except CallFailed as failure:
                if not failure.lacks_users:
                    raise
                self._has_users = False
        return (("token", self._token),) if self._token else ()

    def _error(self, channel: Channel, failure: CallFailed) -> EtcdFailed:
        if failure.concerns_endpoint and not failure.was_answered:
            known = self._diagnose()
            if known is not None:
                return EtcdFailed(failure, str(known), known.hint)
            if failure.status == "UNAVAILABLE":
                return why_unreachable(channel.endpoint, self._access, failure)
        return explain(channel.endpoint.text, failure)


def _none_answers(errors: list[EtcdFailed]) -> EtcdFailed:
    """What all endpoints came to; it counts as what a member said, if one did."""
    telling = next((error for error in errors if error.failure.was_answered), errors[-1])
    return EtcdFailed(telling.failure, "no endpoint answers: " + "; ".join(map(str, errors)), telling.hint)


def _status(where: str, answer: Any) -> Status:
    return Status(
        endpoint=where,
        member_id=_hex(answer.header.member_id),
        version=answer.version,
        storage_version=answer.storageVersion,
        db_size=answer.dbSize,
        db_size_in_use=answer.dbSizeInUse,
        leader_id=_hex(answer.leader) if answer.leader else "",
        is_learner=answer.isLearner,
        raft_term=answer.raftTerm,
        raft_index=answer.raftIndex,
        raft_applied_index=answer.raftAppliedIndex,
        errors=tuple(answer.errors),
    )


def _hex(number: int) -> str:
    return f"{number:016x}"
