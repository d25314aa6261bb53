"""What is wrong when a call fails, in words and with what to do about it.

Source of etcd's own messages: go.etcd.io/etcd ``api/v3rpc/rpctypes/error.go``.
"""

from __future__ import annotations

from typing import NamedTuple

from snapinspect.errors import SourceError


class CallFailed(Exception):
    """A call that failed: gRPC's status and what was said with it."""

    def __init__(self, status: str, details: str) -> None:
        super().__init__(f"{status}: {details}")
        self.status = status
        self.details = " ".join(details.split())

    @property
    def was_answered(self) -> bool:
        """Whether etcd itself said it."""
        return self.details.startswith(("etcdserver:", "auth:"))

    @property
    def concerns_endpoint(self) -> bool:
        """Whether another member might do better."""
        behind = "future revision" in self.details
        return behind or self.status in {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN"}

    @property
    def lacks_quorum(self) -> bool:
        return self.was_answered and self.status == "UNAVAILABLE"

    @property
    def is_compacted(self) -> bool:
        return "revision has been compacted" in self.details

    @property
    def lacks_users(self) -> bool:
        """Whether etcd has no users to prove oneself as."""
        return "authentication is not enabled" in self.details

    @property
    def is_too_large(self) -> bool:
        return self.status == "RESOURCE_EXHAUSTED" and "larger than max" in self.details

    @property
    def lost_token(self) -> bool:
        """Whether the token that was given for the password is worth nothing any more."""
        return "invalid auth token" in self.details or "revision of auth store is old" in self.details


class EtcdFailed(SourceError):
    """An etcd that could not be asked; ``failure`` is what the call came to."""

    def __init__(self, failure: CallFailed, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.failure = failure


class _Meaning(NamedTuple):
    words: str
    message: str
    hint: str


_MEANINGS = (
    _Meaning(
        "required revision has been compacted",
        "etcd compacted away the revision that is being read",
        "Run it again; if reading takes longer than the cluster keeps history, `snapinspect save` first.",
    ),
    _Meaning(
        "user name is empty",
        "etcd has users switched on and knows none of you",
        "Name one with --user NAME:PASSWORD, or a client certificate whose common name is a user.",
    ),
    _Meaning(
        "authentication failed",
        "etcd does not know this user with this password",
        "Check --user NAME:PASSWORD, or ETCDCTL_USER and ETCDCTL_PASSWORD.",
    ),
    _Meaning(
        "user name not found",
        "etcd knows no such user",
        "Name one with --user NAME:PASSWORD; `etcdctl user list` shows which there are.",
    ),
    _Meaning(
        "permission denied",
        "etcd does not permit it to this user, or to a certificate whose common name is no user of its own",
        "Name a user with --user NAME:PASSWORD: reading needs a role that may read every key, a snapshot, and members, the role root.",
    ),
    _Meaning(
        "larger than max",
        "etcd's answer is larger than is taken",
        "A single value of that size is none of Kubernetes'.",
    ),
    _Meaning(
        "future revision",
        "this member of etcd lags behind the others",
        "Name the endpoint of another member, or try again in a moment.",
    ),
)
_SILENT = ("no answer in time", "Is it overloaded, or without a leader? `etcdctl endpoint status` tells.")
_NO_ETCD = ("whatever answers there is no etcd of version 3", "etcd's client port is 2379; 2380 is for its peers.")


def explain(where: str, failure: CallFailed) -> EtcdFailed:
    """The error for a call to the endpoint ``where`` that was reached."""
    message, hint = _meaning(failure)
    return EtcdFailed(failure, f"{where}: {message}", hint)


def _meaning(failure: CallFailed) -> tuple[str, str]:
    for meaning in _MEANINGS:
        if meaning.words in failure.details:
            return meaning.message, meaning.hint
    if failure.was_answered:
        return f"etcd says: {failure.details.partition(': ')[2]}", "`etcdctl endpoint health` tells more."
    if failure.status == "DEADLINE_EXCEEDED":
        return _SILENT
    if failure.status == "UNIMPLEMENTED":
        return _NO_ETCD
    return f"{failure.details or 'the call failed'} ({failure.status})", ""
