"""Which keys are at hand to open encrypted values: given, lying beside the snapshot, or kept inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from snapinspect.errors import Locked, SourceError
from snapinspect.kube.encryption import Keyring, bootstrap, find
from snapinspect.kube.encryption.config import Configuration
from snapinspect.model import Progress, Record, silent
from snapinspect.sources import Source
from snapinspect.sources.archive import texts_in


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave: paths of encryption configurations, k3s's or RKE2's token, OpenShift's archive of static
    resources, the sockets of KMS plugins by their names, and a token that is only tried if there is something to open.
    """

    configurations: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    static_resources: str = ""
    sockets: Mapping[str, str] = field(default_factory=dict)
    spare_token: str = field(default="", repr=False)


class Gathered(NamedTuple):
    """The keys, where they came from in words, and what could not be read as a configuration."""

    keyring: Keyring
    notes: tuple[str, ...]


def gather(source: Source, given: Given, progress: Progress = silent) -> Gathered:
    """All keys at hand for ``source``.

    Raises UsageError for a configuration that makes no sense, and SourceError, also for a token that opens nothing.
    """
    notes: list[str] = []
    configurations = [find.load(Path(path)) for path in given.configurations]
    configurations += _beside(source.siblings(), notes)
    if given.static_resources:
        with texts_in(Path(given.static_resources), progress) as texts:
            configurations += _beside(texts, notes)
    if given.token:
        configurations += _from_token(source, given.token, notes)
    elif given.spare_token and any(map(bootstrap.is_bundle, source.store.keys())):
        try:
            configurations += _from_token(source, given.spare_token, notes)
        except SourceError as error:
            notes.append(f"{error} (of the environment)")
    return Gathered(Keyring(configurations, given.sockets), tuple(notes))


def _beside(files: Iterator[tuple[str, find.Reader]], notes: list[str]) -> tuple[Configuration, ...]:
    found = find.find(files)
    notes.extend(f"encryption keys found in {configuration.origin}" for configuration in found.configurations)
    notes.extend(
        f"{problem.subject} looks like an encryption configuration: {problem.reason}" for problem in found.problems
    )
    return found.configurations


def _from_token(source: Source, token: str, notes: list[str]) -> list[Configuration]:
    """The keys that k3s and RKE2 keep in etcd; earlier revisions may hold keys that were rotated away."""
    records: Iterator[Record] = source.store.revisions(bootstrap.is_bundle)
    entries = [(record.key, bytes(record.value)) for record in records if not record.tombstone]
    try:
        found = bootstrap.unlock(entries, token)
    except Locked as locked:
        raise SourceError(str(locked), locked.hint) from None
    notes.append(
        f"encryption keys found in {', '.join(sorted({each.origin for each in found}))} with the token"
        if found
        else "the token opens the bootstrap data, and the cluster encrypts nothing"
    )
    return found
